import NIOCore
import Synchronization

/// Limits the requests of each address per second (the generic cell rate algorithm, ITU-T I.371). A client can send the requests of one
/// second at once, and then one after another.
///
/// An address is remembered for as long as its last requests count, which is a second, and for one more. The memory for this is bounded: if
/// more than 65,536 addresses send requests within a second, the limit does not apply to the others.
final class RequestRates: Sendable {
    private struct State {
        /// The time at which all requests of an address will have used their share of time, in nanoseconds of ``NIODeadline``.
        var young: [IPAddress: UInt64] = [:]
        /// The same for addresses that have sent no request since `youngSince`.
        var old: [IPAddress: UInt64] = [:]
        var youngSince: UInt64 = 0
    }

    private final class Shard: Sendable {
        let state = Mutex(State())
    }

    private static let second: UInt64 = 1_000_000_000
    /// The maximum number of addresses in a shard. Each takes about 32 bytes, twice.
    private static let maximumCount = 4096

    /// Several shards, so that event loops do not wait for each other, and so that no table takes long to grow.
    private let shards = (0..<16).map { _ in Shard() }
    /// The share of time that a request uses.
    private let share: UInt64

    /// - Parameter requestsPerSecond: at least 1.
    init(requestsPerSecond: Int) {
        share = Self.second / UInt64(max(requestsPerSecond, 1))
    }

    /// Counts a request, and returns whether it is within the limit. A request beyond the limit does not count.
    func admits(_ address: IPAddress, at time: NIODeadline) -> Bool {
        let now = time.uptimeNanoseconds
        return shards[address.hashValue & 15].state.withLock { state in
            if now &- state.youngSince > Self.second {
                // All of these have expired: they were written more than a second ago, and reach at most a second ahead.
                state.old = state.young
                state.young = [:]
                state.youngSince = now
            }
            let taken = max(state.young[address] ?? state.old[address] ?? 0, now)
            guard taken + share <= now + Self.second else { return false }
            if state.young.count < Self.maximumCount || state.young[address] != nil {
                state.young[address] = taken + share
            }
            return true
        }
    }

    /// The number of remembered addresses.
    var count: Int { shards.reduce(0) { $0 + $1.state.withLock { $0.young.count + $0.old.count } } }
}
