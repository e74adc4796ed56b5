/*
 * A disk on which something is wrong as long as a file says so. Preloaded into a process (LD_PRELOAD), it stands between
 * it and its files. In the folder that CHAOS_DISK names:
 *
 *   fsync-fails   is there: each flush fails with EIO, and nothing is said about what is on the disk
 *   fsync-lost    is there: each flush is called done, and nothing is flushed
 *   full          is there: what would make a file longer fails with ENOSPC
 *   struck        gets one byte each time it happens
 *
 * CHAOS_DISK_ENDING: only files whose name ends so. Else all of them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* Looked up once: a database writes often. */
#define REAL(name)                                                     \
  ({                                                                   \
    static __typeof__(&name) found = NULL;                             \
    if (found == NULL) found = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
    found;                                                             \
  })

static int is_on(const char *what) {
  const char *folder = getenv("CHAOS_DISK");
  char path[PATH_MAX];
  int before = errno;
  if (folder == NULL || snprintf(path, sizeof path, "%s/%s", folder, what) >= (int)sizeof path) return 0;
  int found = access(path, F_OK) == 0;
  errno = before;
  return found;
}

static int is_ours(int fd) {
  struct stat found;
  const char *ending = getenv("CHAOS_DISK_ENDING");
  char link[64], path[PATH_MAX];
  if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) return 0;
  if (ending == NULL) return 1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path);
  size_t tail = strlen(ending);
  return length >= (ssize_t)tail && memcmp(path + length - tail, ending, tail) == 0;
}

static void mark(void) {
  const char *folder = getenv("CHAOS_DISK");
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s/struck", folder) >= (int)sizeof path) return;
  int fd = open(path, O_WRONLY | O_APPEND);
  if (fd < 0) return;
  ssize_t written = REAL(write)(fd, ".", 1);
  (void)written;
  close(fd);
}

/* 0: flush it. 1: say that it is flushed. -1: it has failed. */
static int flushes(int fd) {
  if (is_on("fsync-fails") && is_ours(fd)) {
    mark();
    errno = EIO;
    return -1;
  }
  if (is_on("fsync-lost") && is_ours(fd)) {
    mark();
    return 1;
  }
  return 0;
}

int fsync(int fd) {
  int what = flushes(fd);
  return what == 0 ? REAL(fsync)(fd) : what < 0 ? -1 : 0;
}
int fdatasync(int fd) {
  int what = flushes(fd);
  return what == 0 ? REAL(fdatasync)(fd) : what < 0 ? -1 : 0;
}

/* Non-zero when the disk has no room for a file to end there; `until` below 0 stands for behind its end. */
static int is_full(int fd, off_t until) {
  struct stat found;
  if (!is_on("full") || !is_ours(fd) || fstat(fd, &found) != 0) return 0;
  if (until >= 0 && until <= found.st_size) return 0;
  mark();
  errno = ENOSPC;
  return 1;
}

static off_t sum_of(const struct iovec *parts, int count) {
  off_t sum = 0;
  for (int n = 0; n < count; n++) sum += (off_t)parts[n].iov_len;
  return sum;
}

static off_t behind(int fd, off_t bytes) {
  off_t at = lseek(fd, 0, SEEK_CUR);
  return at < 0 ? 0 : at + bytes;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  if (is_on("full") && is_full(fd, behind(fd, (off_t)count))) return -1;
  return REAL(write)(fd, bytes, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  return is_full(fd, at + (off_t)count) ? -1 : REAL(pwrite)(fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  return is_full(fd, at + (off_t)count) ? -1 : REAL(pwrite64)(fd, bytes, count, at);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  return is_full(fd, at + sum_of(parts, count)) ? -1 : REAL(pwritev)(fd, parts, count, at);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  return is_full(fd, at + sum_of(parts, count)) ? -1 : REAL(pwritev64)(fd, parts, count, at);
}
int posix_fallocate(int fd, off_t at, off_t bytes) {
  return is_full(fd, at + bytes) ? ENOSPC : REAL(posix_fallocate)(fd, at, bytes);
}
int posix_fallocate64(int fd, off64_t at, off64_t bytes) {
  return is_full(fd, at + bytes) ? ENOSPC : REAL(posix_fallocate64)(fd, at, bytes);
}
