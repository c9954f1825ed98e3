// What Swift's dispatch gives sigsuspend() is a constant, and valgrind writes into it, in memory that cannot be written to.

#include <signal.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
    return pause();
}
