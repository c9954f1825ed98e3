import HTTPRepresentation
import HeksherDomain
import Synchronization

/// Declarations that changed nothing, each with the snapshot of the catalog at that time. While that snapshot is current, the same declaration
/// changes nothing again, and the service does not read the tables. All processes of a restarting fleet send the same declarations.
final class UpToDateDeclarations: Sendable {
    /// A digest and a number take some 50 bytes.
    private static let maximumCount = 20_000

    private let snapshots = Mutex<[SHA256Digest: Int]>([:])

    /// The ``Snapshot/id`` that is remembered with a declaration; `nil` if the declaration is not remembered.
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
    /// The digest of all attributes as they are written. U+0000, which no attribute contains, separates them.
    var digest: SHA256Digest {
        let texts =
            [version.description, name, type.description, defaultValue.text, metadata.jsonValue.text, alias ?? ""]
            + configurableFeatures
        return SHA256Digest(of: Array(texts.joined(separator: "\0").utf8))
    }
}
