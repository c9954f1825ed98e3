import Synchronization

/// The thread that receives the signals.
private let receiver = Atomic<UInt>(0)

/// Receives signals on a separate thread, so that they are handled even if all other threads are busy or blocked.
public enum SignalThread {
    /// An event that wakes the thread.
    public enum Event: Sendable, Hashable {
        /// A signal with this number has arrived.
        case signal(Int32)
        /// The time that the handler has requested has come.
        case timer
    }

    /// Takes over some signals.
    ///
    /// Call it before the process has other threads, because they inherit that these signals are blocked.
    ///
    /// - Parameters:
    ///   - signals: the signals that the thread receives.
    ///   - ignored: the signals that have no effect from now on.
    ///   - receive: called on the thread for each event. It returns the time of the next call without a signal, if any.
    /// - Returns: whether the thread was started.
    public static func start(
        _ signals: [Int32], ignoring ignored: [Int32],
        receive: @escaping @Sendable (Event) -> ContinuousClock.Instant?
    ) -> Bool {
        for number in ignored { _ = signal(number, SIG_IGN) }
        var set = sigset_t()
        sigemptyset(&set)
        for number in signals { sigaddset(&set, number) }
        var former = sigset_t()
        pthread_sigmask(SIG_BLOCK, &set, &former)
        let waited = set
        let isStarted = startThread {
            // A library may wait with unblocked signals, as Dispatch and Subprocess do. Its thread passes them on.
            receiver.store(UInt(pthread_self()), ordering: .releasing)
            for number in signals {
                _ = signal(number) { pthread_kill(pthread_t(receiver.load(ordering: .acquiring)), $0) }
            }
            var timer: ContinuousClock.Instant?
            while true { timer = receive(next(of: waited, until: timer)) }
        }
        if !isStarted { pthread_sigmask(SIG_SETMASK, &former, nil) }
        return isStarted
    }

    /// Blocks the calling thread until the process ends.
    public static func sleepForever() -> Never {
        while true { pause() }
    }

    private static func next(of signals: sigset_t, until deadline: ContinuousClock.Instant?) -> Event {
        var signals = signals
        while true {
            guard let deadline else {
                let number = sigwaitinfo(&signals, nil)
                if number > 0 { return .signal(number) }
                continue
            }
            let left = max(.zero, ContinuousClock.now.duration(to: deadline)).components
            var time = timespec(tv_sec: Int(left.seconds), tv_nsec: Int(left.attoseconds / 1_000_000_000))
            let number = sigtimedwait(&signals, nil, &time)
            if number > 0 { return .signal(number) }
            if errno == EAGAIN { return .timer }
        }
    }
}
