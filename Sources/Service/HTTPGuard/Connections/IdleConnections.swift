import NIOCore
import Synchronization

/// The time since which each connection is idle, so that the one that has been idle longest can be closed to make room.
///
/// A connection that becomes idle or busy records that in its own place, which no other connection writes to. The places are searched only
/// when room is needed, and each search finds several connections, so that a service with many new connections does not search for each of
/// them.
final class IdleConnections: Sendable {
    /// The record of one connection.
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

        /// Asks the connection to close, if it has been idle since that time. No other connection can ask it as well.
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

    /// Makes a connection close if no request is in progress on it.
    struct LeaveIfIdle: Sendable {}

    private struct State {
        var places: [ObjectIdentifier: Place] = [:]
        /// The connections that were idle longest at the last search, the longest last. Connections that have become idle since have been
        /// idle for a shorter time.
        var next: [(place: Place, idleSince: UInt64)] = []
        /// The time before which there is no new search, because the last one found no connection.
        var vainUntil = NIODeadline.uptimeNanoseconds(0)
    }

    /// The number of connections that a search finds.
    private static let batch = 64
    private static let pause = TimeAmount.milliseconds(10)

    private let state = Mutex(State())

    func add(_ place: Place) { state.withLock { $0.places[ObjectIdentifier(place)] = place } }

    func remove(_ place: Place) {
        // A closed connection cannot make room.
        place.isBusy()
        _ = state.withLock { $0.places.removeValue(forKey: ObjectIdentifier(place)) }
    }

    /// Asks the connection that has been idle longest to close.
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
