import NIOCore

/// How long a connection may be as it is.
///
/// A request that comes in one piece costs no timer: there is one for each connection, which looks at what is due when it is time,
/// and is set anew.
final class ConnectionClock {
    enum Verdict {
        case goOn
        /// The request that is arriving takes too long.
        case refuse
        case close
    }

    private let limits: ConnectionLimits
    /// Since when nothing is asked.
    private(set) var idleSince = NIODeadline.now()
    /// Since when a request's head or its body is arriving in pieces.
    private var arrivingSince: NIODeadline?
    private var lingeringUntil: NIODeadline?
    /// When it was seen last that the client takes what it is sent, and how much was left.
    private var stall: (since: NIODeadline, size: Int)?
    private var timer: (deadline: NIODeadline, scheduled: Scheduled<Void>)?

    init(_ limits: ConnectionLimits) { self.limits = limits }

    func isIdle() { idleSince = .now() }

    /// Whether the rest of a request is waited for.
    var isWaiting: Bool { arrivingSince != nil }

    func isArriving() { if arrivingSince == nil { arrivingSince = .now() } }

    func hasArrived() { arrivingSince = nil }

    func lingers() { lingeringUntil = .now() + limits.lingeringTime }

    func isStalling() { if stall == nil { stall = (.now(), .max) } }

    /// Looks at what is due, given what is true of the connection.
    func verdict(unansweredCount: Int, isArriving: Bool, arrivedSize: Int, unsentSize: Int) -> Verdict {
        timer = nil
        let now = NIODeadline.now()
        if unsentSize == 0 {
            stall = nil
        } else if let last = stall, unsentSize >= last.size {
            if now >= last.since + limits.stallTime { return .close }
        } else {
            stall = (now, unsentSize)
        }
        if let lingeringUntil {
            // Who takes what it is sent, be it slowly, may have all of it.
            return now >= lingeringUntil && unsentSize == 0 ? .close : .goOn
        }
        if let since = arrivingSince {
            // Who is not read, since earlier requests are not answered, is not slow.
            if unansweredCount > (isArriving ? 1 : 0) {
                arrivingSince = now
            } else if now >= since + limits.arrivalTime + .seconds(Int64(arrivedSize / limits.bodyRate)) {
                return .refuse
            }
        } else if unansweredCount == 0, unsentSize == 0, now >= idleSince + limits.idleTime {
            return .close
        }
        return .goOn
    }

    /// Sets the timer for what is due next, unless it is set for something earlier.
    func schedule(on eventLoop: any EventLoop, _ check: @escaping () -> Void) {
        let now = NIODeadline.now()
        var deadline = idleSince + limits.idleTime
        // Who is being answered is looked at now and then.
        if deadline <= now { deadline = now + limits.idleTime }
        if let arrivingSince {
            deadline = min(deadline, max(arrivingSince + limits.arrivalTime, now + .seconds(1)))
        }
        if let stall { deadline = min(deadline, max(stall.since + limits.stallTime, now + .seconds(1))) }
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
