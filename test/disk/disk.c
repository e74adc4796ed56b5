/*
 * A disk that fails as a test says. Preloaded into a process (LD_PRELOAD), it stands between it and the files whose
 * path has DISK_MATCH in it:
 *
 *   DISK_FAIL_AT     the n-th operation fails: each write and each flush counts, from 1
 *   DISK_ERRNO       with this error number
 *   DISK_FOR_EVER    set: so does every later one
 *   DISK_STRUCK      a file that is made when it has failed
 *   DISK_SHADOW      a folder: each file as it was at its last flush, which is all that a power cut leaves of it
 *
 * A rename or removal is taken to be on the disk at once; who relies on it flushes the folder.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 1024

static char paths[FILES_MAX][PATH_MAX];
static long operations = 0;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long number(const char *name) {
  const char *text = getenv(name);
  return text == NULL ? 0 : atol(text);
}

static int is_ours(const char *path) {
  const char *match = getenv("DISK_MATCH");
  return path != NULL && match != NULL && strstr(path, match) != NULL;
}

static const char *path_of(int fd) {
  return fd >= 0 && fd < FILES_MAX && paths[fd][0] != '\0' ? paths[fd] : NULL;
}

static int remember(int fd, const char *path) {
  if (fd < 0 || fd >= FILES_MAX) return fd;
  struct stat found;
  paths[fd][0] = '\0';
  if (is_ours(path) && fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) {
    if (realpath(path, paths[fd]) == NULL) paths[fd][0] = '\0';
  }
  return fd;
}

/* Non-zero when this operation is to fail; errno is set then. */
static int strikes(int fd) {
  if (path_of(fd) == NULL) return 0;
  pthread_mutex_lock(&lock);
  long count = ++operations;
  pthread_mutex_unlock(&lock);
  long at = number("DISK_FAIL_AT");
  int hit = at > 0 && (count == at || (count > at && getenv("DISK_FOR_EVER") != NULL));
  if (!hit) return 0;
  const char *struck = getenv("DISK_STRUCK");
  if (struck != NULL) {
    int mark = REAL(open)(struck, O_CREAT | O_WRONLY, 0600);
    if (mark >= 0) REAL(close)(mark);
  }
  errno = (int)number("DISK_ERRNO");
  return 1;
}

static int shadow_of(const char *path, char *shadow) {
  const char *folder = getenv("DISK_SHADOW");
  if (folder == NULL) return 0;
  int length = snprintf(shadow, PATH_MAX, "%s/", folder);
  for (const char *c = path; *c != '\0' && length < PATH_MAX - 1; c++) shadow[length++] = *c == '/' ? '!' : *c;
  shadow[length] = '\0';
  return 1;
}

/* What is flushed now is what a power cut leaves. Written beside it and renamed, so that it is whole at any moment. */
static void keep(int fd) {
  const char *path = path_of(fd);
  char shadow[PATH_MAX], fresh[PATH_MAX + 8];
  if (path == NULL || !shadow_of(path, shadow)) return;
  snprintf(fresh, sizeof fresh, "%s.new", shadow);
  pthread_mutex_lock(&lock);
  int from = REAL(open)(path, O_RDONLY);
  int to = REAL(open)(fresh, O_CREAT | O_TRUNC | O_WRONLY, 0600);
  char block[65536];
  ssize_t got = 0;
  while (from >= 0 && to >= 0 && (got = read(from, block, sizeof block)) > 0) {
    if (REAL(write)(to, block, (size_t)got) != got) abort();
  }
  if (from >= 0) REAL(close)(from);
  if (to >= 0) REAL(close)(to);
  if (from >= 0 && to >= 0) REAL(rename)(fresh, shadow);
  pthread_mutex_unlock(&lock);
}

static mode_t mode_in(int flags, va_list more) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
}

#define OPENS(name)                                                \
  int name(const char *path, int flags, ...) {                     \
    va_list more;                                                  \
    va_start(more, flags);                                         \
    mode_t mode = mode_in(flags, more);                            \
    va_end(more);                                                  \
    return remember(REAL(name)(path, flags, mode), path);          \
  }
#define OPENS_AT(name)                                             \
  int name(int folder, const char *path, int flags, ...) {         \
    va_list more;                                                  \
    va_start(more, flags);                                         \
    mode_t mode = mode_in(flags, more);                            \
    va_end(more);                                                  \
    return remember(REAL(name)(folder, path, flags, mode), path);  \
  }

OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)

int close(int fd) {
  if (fd >= 0 && fd < FILES_MAX) paths[fd][0] = '\0';
  return REAL(close)(fd);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  return strikes(fd) ? -1 : REAL(write)(fd, bytes, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  return strikes(fd) ? -1 : REAL(pwrite)(fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  return strikes(fd) ? -1 : REAL(pwrite64)(fd, bytes, count, at);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  return strikes(fd) ? -1 : REAL(writev)(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  return strikes(fd) ? -1 : REAL(pwritev)(fd, parts, count, at);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  return strikes(fd) ? -1 : REAL(pwritev64)(fd, parts, count, at);
}

int fsync(int fd) {
  if (strikes(fd)) return -1;
  int result = REAL(fsync)(fd);
  if (result == 0) keep(fd);
  return result;
}
int fdatasync(int fd) {
  if (strikes(fd)) return -1;
  int result = REAL(fdatasync)(fd);
  if (result == 0) keep(fd);
  return result;
}

int rename(const char *from, const char *to) {
  char real[PATH_MAX], then[PATH_MAX], old[PATH_MAX], fresh[PATH_MAX];
  int ours = is_ours(from) && realpath(from, real) != NULL;
  int result = REAL(rename)(from, to);
  if (result != 0 || !ours || realpath(to, then) == NULL) return result;
  if (shadow_of(real, old) && shadow_of(then, fresh)) REAL(rename)(old, fresh);
  return result;
}

int unlink(const char *path) {
  char real[PATH_MAX], shadow[PATH_MAX];
  int ours = is_ours(path) && realpath(path, real) != NULL;
  int result = REAL(unlink)(path);
  if (result == 0 && ours && shadow_of(real, shadow)) REAL(unlink)(shadow);
  return result;
}
