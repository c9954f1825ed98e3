import PosixSupport
import Synchronization

/// Runs tasks that may compute for a long time on separate threads, so that the system shares the processors fairly between them and
/// everything else. Swift has only as many threads of its own as there are processors, and a task occupies one of them until it suspends.
///
/// Threads start when there is work, and end after several seconds without any.
public final class LongWork: TaskExecutor {
    /// The only instance. It has at most four threads for each processor, but at least 16.
    public static let executor = LongWork(maximumThreadCount: max(16, 4 * sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    private struct State {
        /// In the order of arrival.
        var jobs: [UnownedJob] = []
        /// The number of jobs at the beginning of ``jobs`` that have been taken.
        var takenCount = 0
        var threadCount = 0
        /// The number of threads that wait for a signal and for which no signal has been reserved.
        var idleCount = 0

        mutating func next() -> UnownedJob? {
            guard takenCount < jobs.count else {
                jobs = []
                takenCount = 0
                return nil
            }
            takenCount += 1
            return jobs[takenCount - 1]
        }
    }

    private enum Step {
        case none
        case signal
        case startThread
    }

    /// Values that are read may be nested deeply.
    private static let stackSize = 16 << 20
    /// The seconds that a thread waits for more work.
    private static let idleTime = 10

    private let maximumThreadCount: Int
    private let state = Mutex(State())
    /// Safe: a semaphore is made for use from any thread, and this one is initialized before and destroyed after all uses.
    private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

    init(maximumThreadCount: Int) {
        self.maximumThreadCount = maximumThreadCount
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    /// Adds a job at the end of the queue, and wakes or starts a thread for it if there are threads to spare.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let step: Step = state.withLock { state in
            state.jobs.append(job)
            if state.idleCount > 0 {
                state.idleCount -= 1
                return .signal
            }
            guard state.threadCount < maximumThreadCount else { return .none }
            state.threadCount += 1
            return .startThread
        }
        switch step {
        case .none: break
        case .signal: sem_post(semaphore)
        case .startThread: if !startThread(stackSize: Self.stackSize, { self.work() }) { goOnWithoutThread() }
        }
    }

    /// Gives the work to Swift's own threads if the system refuses to start even one thread.
    private func goOnWithoutThread() {
        let jobs = state.withLock { state -> [UnownedJob] in
            state.threadCount -= 1
            guard state.threadCount == 0 else { return [] }
            var jobs: [UnownedJob] = []
            while let job = state.next() { jobs.append(job) }
            return jobs
        }
        for job in jobs { globalConcurrentExecutor.enqueue(job) }
    }

    private func work() {
        while true {
            let job = state.withLock { state in
                let job = state.next()
                if job == nil { state.idleCount += 1 }
                return job
            }
            if let job {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if !waitForSignal() {
                return
            }
        }
    }

    /// - Returns: whether there is a signal; if not, the thread must end.
    private func waitForSignal() -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_sec += Self.idleTime
        while sem_timedwait(semaphore, &deadline) != 0 {
            if errno == EINTR { continue }
            let mayEnd = state.withLock { state in
                guard state.idleCount > 0 else { return false }
                state.idleCount -= 1
                state.threadCount -= 1
                return true
            }
            if mayEnd { return false }
            // The signal has been reserved for this thread.
            while sem_wait(semaphore) != 0 {}
            return true
        }
        return true
    }
}
