import NIOCore
import Synchronization

/// Since when nothing is under way on each connection, so that who has been idle longest makes room when there is none.
///
/// A connection that becomes idle, or is so no more, notes that in a place of its own, which nobody else writes. Places are looked
/// through only when room is needed, and then for several who may go, so that a service to which many connect does not do so for
/// each of them.
final class IdleConnections: Sendable {
    /// What one connection notes.
    final class Place: Sendable {
        private static let busy = UInt64.max

        private let idleSince = Atomic(busy)
        private let channel: any Channel

        init(_ channel: any Channel) { self.channel = channel }

        func isIdle(since time: NIODeadline) { idleSince.store(time.uptimeNanoseconds, ordering: .relaxed) }

        func isBusy() { idleSince.store(Self.busy, ordering: .relaxed) }

        fileprivate var time: UInt64? {
            let time = idleSince.load(ordering: .relaxed)
            return time == Self.busy ? nil : time
        }

        /// Asks the connection to leave, if it has been idle all the time since; nobody else asks it then.
        fileprivate func leave(idleSince time: UInt64) -> Bool {
            let isIdle = idleSince.compareExchange(expected: time, desired: Self.busy, ordering: .relaxed).exchanged
            if isIdle {
                channel.eventLoop.execute { [channel] in
                    channel.pipeline.fireUserInboundEventTriggered(LeaveIfIdle())
                }
            }
            return isIdle
        }
    }

    /// Tells a connection to end, if there is nothing under way on it even now.
    struct LeaveIfIdle: Sendable {}

    private struct State {
        var places: [ObjectIdentifier: Place] = [:]
        /// Who had been idle longest when all were looked at, the longest last. Whoever has become idle since has not been so for as
        /// long.
        var next: [(place: Place, idleSince: UInt64)] = []
        /// Until when nobody is looked for, since there was nobody.
        var vainUntil = NIODeadline.uptimeNanoseconds(0)
    }

    /// How many are found at a time.
    private static let batch = 64
    private static let pause = TimeAmount.milliseconds(10)

    private let state = Mutex(State())

    func add(_ place: Place) { state.withLock { $0.places[ObjectIdentifier(place)] = place } }

    func remove(_ place: Place) {
        // Who has left makes no more room.
        place.isBusy()
        _ = state.withLock { $0.places.removeValue(forKey: ObjectIdentifier(place)) }
    }

    /// Asks the connection that has been idle longest to leave.
    ///
    /// - Returns: whether there is one.
    func leaveOne() -> Bool {
        state.withLock { state in
            while true {
                while let (place, time) = state.next.popLast() {
                    if place.leave(idleSince: time) { return true }
                }
                let now = NIODeadline.now()
                guard now >= state.vainUntil else { return false }
                let idle = state.places.values.compactMap { place in place.time.map { (place: place, idleSince: $0) } }
                guard !idle.isEmpty else {
                    state.vainUntil = now + Self.pause
                    return false
                }
                state.next = idle.sorted { $0.idleSince < $1.idleSince }.prefix(Self.batch).reversed()
            }
        }
    }
}
