// Swift's dispatch library passes a constant to sigsuspend(). valgrind writes into this argument and crashes, because
// its memory is read-only.

#include <signal.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
    return pause();
}
