// Shows the thread sanitizer the locks that a thread waited for.
//
// The compiler inlines the fast path of Swift's Mutex, where the sanitizer sees it. If another thread holds the lock or waits for it, a
// function of Swift's library does the rest. The library is compiled without the sanitizer, which would therefore report data races in
// code that holds such a lock. The functions below replace the library's (by LD_PRELOAD), call them, and inform the sanitizer. In a
// process without the sanitizer they only call them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

void __tsan_acquire(void *address) __attribute__((weak));
void __tsan_release(void *address) __attribute__((weak));

SWIFT void lock_slow(uint32_t thread, SELF void *mutex) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(SELF void *mutex) __asm__(UNLOCK_SLOW);

static SWIFT void (*library_lock_slow)(uint32_t, SELF void *);
static SWIFT void (*library_unlock_slow)(SELF void *);

__attribute__((constructor)) static void find(void) {
    library_lock_slow = dlsym(RTLD_NEXT, LOCK_SLOW);
    library_unlock_slow = dlsym(RTLD_NEXT, UNLOCK_SLOW);
}

SWIFT void lock_slow(uint32_t thread, SELF void *mutex) {
    library_lock_slow(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(SELF void *mutex) {
    if (__tsan_release) __tsan_release(mutex);
    library_unlock_slow(mutex);
}
