import HeksherDomain
import Synchronization

/// Declarations that changed nothing, each with the snapshot of the catalog at that time. While that snapshot is current, the same declaration
/// changes nothing again, and the service need not read the tables. All processes of a fleet that restarts send the same declarations.
final class UpToDateDeclarations: Sendable {
    /// A digest and a number take some 50 bytes.
    private static let maximumCount = 20_000

    private let snapshots = Mutex<[SHA256Digest: Int]>([:])

    /// The ``Snapshot/id`` of a snapshot at which, or after which, the declaration was up to date.
    func snapshotID(of declaration: SHA256Digest) -> Int? { snapshots.withLock { $0[declaration] } }

    /// - Parameter snapshotID: of a snapshot that the catalog had before the tables were read. If they were newer, this snapshot never becomes
    ///   current again.
    func remember(_ declaration: SHA256Digest, at snapshotID: Int) {
        snapshots.withLock { snapshots in
            if snapshots.count >= Self.maximumCount { snapshots.removeAll(keepingCapacity: true) }
            snapshots[declaration] = snapshotID
        }
    }
}

extension Declaration {
    /// Differs for declarations whose texts differ. No text contains U+0000.
    var digest: SHA256Digest {
        let texts =
            [version.description, name, type.description, defaultValue.text, metadata.jsonValue.text, alias ?? ""]
            + configurableFeatures
        return SHA256Digest(of: Array(texts.joined(separator: "\0").utf8))
    }
}
