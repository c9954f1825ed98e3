import NIOCore

/// The timeouts of a connection.
///
/// A request that arrives at once costs no timer. Each connection has one timer, which checks all timeouts when it fires, and is then set
/// again.
final class ConnectionClock {
    enum Verdict {
        case goOn
        /// The arriving request takes too long.
        case refuse
        case close
        /// The client reads its responses too slowly. The system drops the unsent bytes, too.
        case reset
    }

    private let limits: ConnectionLimits
    /// The time since which the connection is idle.
    private(set) var idleSince = NIODeadline.now()
    /// The time since which a request's head or its body is arriving in pieces.
    private var arrivingSince: NIODeadline?
    /// The time by which a request's head must have arrived, on a connection beyond the limit.
    private var headDeadline: NIODeadline?
    private var lingeringUntil: NIODeadline?
    /// The client's progress in reading the bytes of its responses; `nil` if none wait to be sent.
    private var sending: Sending?
    private var timer: (deadline: NIODeadline, scheduled: Scheduled<Void>)?

    /// While bytes wait to be sent, the client has a deadline, which moves with each byte that it reads.
    private struct Sending {
        var timeLeft: TimeAmount
        var seen: NIODeadline
        var unsentSize: Int
    }

    init(_ limits: ConnectionLimits) { self.limits = limits }

    func isIdle() { idleSince = .now() }

    /// Whether the rest of a request is expected.
    var isWaiting: Bool { arrivingSince != nil }

    func isArriving() { if arrivingSince == nil { arrivingSince = .now() } }

    func hasArrived() {
        arrivingSince = nil
        headDeadline = nil
    }

    /// The connection is beyond the limit of its address: it gets little time to send a request.
    func isOneTooMany() { headDeadline = .now() + limits.excessTime }

    func lingers() { lingeringUntil = .now() + limits.lingeringTime }

    /// Records the number of bytes that wait to be sent.
    ///
    /// - Parameter writtenSize: the number of bytes written since the last call.
    func notes(unsentSize: Int, writtenSize: Int) {
        guard unsentSize > 0 else { return sending = nil }
        let now = NIODeadline.now()
        guard var sending else {
            return sending = Sending(timeLeft: limits.sendingGrace, seen: now, unsentSize: unsentSize)
        }
        let taken = max(sending.unsentSize + writtenSize - unsentSize, 0)
        let earned = TimeAmount.milliseconds(Int64(taken) * 1000 / Int64(limits.sendingRate))
        sending.timeLeft = min(sending.timeLeft - (now - sending.seen) + earned, limits.sendingGrace)
        sending.seen = now
        sending.unsentSize = unsentSize
        self.sending = sending
    }

    /// The action that is due in the given state of the connection. Call ``notes(unsentSize:writtenSize:)`` first.
    ///
    /// - Parameter isMemoryShort: whether the bytes that wait to be sent on all connections exceed the limit. Then clients that are slower
    ///   than required have little time.
    func verdict(unansweredCount: Int, isArriving: Bool, arrivedSize: Int, isMemoryShort: Bool) -> Verdict {
        timer = nil
        let now = NIODeadline.now()
        if let sending {
            let used = limits.sendingGrace - sending.timeLeft
            if sending.timeLeft <= .zero || (isMemoryShort && used >= limits.shortSendingGrace) { return .reset }
        }
        if let lingeringUntil {
            // A client that reads its response gets all of it, even if it is slow.
            return now >= lingeringUntil && sending == nil ? .close : .goOn
        }
        if let headDeadline, now >= headDeadline { return .refuse }
        if let since = arrivingSince {
            // Bytes that are not read because earlier requests are unanswered do not count as slow.
            if unansweredCount > (isArriving ? 1 : 0) {
                arrivingSince = now
            } else if now >= since + limits.arrivalTime + .seconds(Int64(arrivedSize / limits.bodyRate)) {
                return .refuse
            }
        } else if unansweredCount == 0, sending == nil, now >= idleSince + limits.idleTime {
            return .close
        }
        return .goOn
    }

    /// Sets the timer for the next timeout, unless it is already set for an earlier time.
    func schedule(on eventLoop: any EventLoop, _ check: @escaping () -> Void) {
        let now = NIODeadline.now()
        var deadline = idleSince + limits.idleTime
        // A connection with requests in progress is checked from time to time.
        if deadline <= now { deadline = now + limits.idleTime }
        if let arrivingSince {
            deadline = min(deadline, max(arrivingSince + limits.arrivalTime, now + .seconds(1)))
        }
        if let headDeadline { deadline = min(deadline, max(headDeadline, now + .milliseconds(100))) }
        if sending != nil { deadline = min(deadline, now + limits.sendingInterval) }
        if let lingeringUntil { deadline = min(deadline, max(lingeringUntil, now + .milliseconds(100))) }
        if let timer {
            if timer.deadline <= deadline { return }
            timer.scheduled.cancel()
        }
        timer = (deadline, eventLoop.assumeIsolated().scheduleTask(deadline: deadline, check))
    }

    func stop() {
        timer?.scheduled.cancel()
        timer = nil
    }
}
