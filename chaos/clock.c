/*
 * A wall clock that is wrong by as much as a file says. Preloaded into a process (LD_PRELOAD), it stands between it and
 * the clock of its machine. CHAOS_CLOCK names a file of eight bytes, which is there before the process starts: the
 * milliseconds that are added, as this machine writes a signed number. It is mapped once, and shared with every child,
 * so that asking for the time costs one look into memory. The clocks that only measure (CLOCK_MONOTONIC) go on as they do.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REAL(name)                                                     \
  ({                                                                   \
    static __typeof__(&name) found = NULL;                             \
    if (found == NULL) found = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
    found;                                                             \
  })

static const volatile int64_t *ahead_ms;

__attribute__((constructor)) static void map_file(void) {
  const char *path = getenv("CHAOS_CLOCK");
  int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void *found = mmap(NULL, sizeof *ahead_ms, PROT_READ, MAP_SHARED, fd, 0);
  if (found != MAP_FAILED) ahead_ms = found;
  close(fd);
}

/* Seconds and the rest of one, which stays below `whole`. */
static void shift(time_t *seconds, long *rest, long whole) {
  if (ahead_ms == NULL) return;
  int64_t ms = *ahead_ms;
  *seconds += ms / 1000;
  *rest += ms % 1000 * (whole / 1000);
  if (*rest >= whole) {
    *rest -= whole;
    *seconds += 1;
  } else if (*rest < 0) {
    *rest += whole;
    *seconds -= 1;
  }
}

int clock_gettime(clockid_t which, struct timespec *now) {
  int result = REAL(clock_gettime)(which, now);
  if (result == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
    shift(&now->tv_sec, &now->tv_nsec, 1000000000);
  }
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int result = REAL(gettimeofday)(now, zone);
  if (result == 0) shift(&now->tv_sec, &now->tv_usec, 1000000);
  return result;
}

time_t time(time_t *now) {
  struct timespec found;
  clock_gettime(CLOCK_REALTIME, &found);
  if (now != NULL) *now = found.tv_sec;
  return found.tv_sec;
}
