// What the program asks of the system's memory allocator. All that depends on glibc is here; other allocators do these things by
// themselves.
#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>

// Limits how much free memory the allocator keeps: few arenas, and blocks of a megabyte or more that go back to the system at once.
static inline void CMalloc_setUp(void) {
    mallopt(M_ARENA_MAX, 4);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
}

// Gives free memory back to the system, and says whether that is possible.
static inline int CMalloc_trim(void) {
    malloc_trim(0);
    return 1;
}
#else
static inline void CMalloc_setUp(void) {}

static inline int CMalloc_trim(void) { return 0; }
#endif
