package import NIOCore
import Synchronization

/// One use of the body of a response that is being sent, to one client or to several. Its bytes are in memory once, and count once.
package final class SharedBody: Sendable {
    /// The maximum number of bytes of a body that are sent at once. The other connections are handled after each part.
    package static let partSize = 512 << 10

    package let bytes: ByteBuffer
    private let tag: String
    private let load: ServiceLoad

    fileprivate init(_ bytes: ByteBuffer, _ tag: String, _ load: ServiceLoad) {
        self.bytes = bytes
        self.tag = tag
        self.load = load
    }

    deinit {
        if load.bodies.endUse(of: tag) { load.addUnsent(-bytes.readableBytes) }
    }
}

/// The large bodies that are being sent, by their entity tags.
package final class SharedBodies: Sendable {
    private struct Entry {
        let bytes: ByteBuffer
        var useCount: Int
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// A use of the body with these bytes. If an equal body is being sent, its bytes are used.
    ///
    /// - Parameters:
    ///   - tag: the entity tag, which differs for different bytes.
    ///   - load: counts the bytes until their last use ends.
    /// - Returns: `nil` if too many bytes wait to be sent.
    package func body(_ bytes: ByteBuffer, tag: String, _ load: ServiceLoad) -> SharedBody? {
        let shared: ByteBuffer? = entries.withLock { entries in
            if let bytes = entries[tag]?.bytes {
                entries[tag]?.useCount += 1
                return bytes
            }
            guard load.addLargeBody(bytes.readableBytes) else { return nil }
            entries[tag] = Entry(bytes: bytes, useCount: 1)
            return bytes
        }
        return shared.map { SharedBody($0, tag, load) }
    }

    /// The number of bodies that are being sent.
    var count: Int { entries.withLock(\.count) }

    /// - Returns: whether it was the last use.
    fileprivate func endUse(of tag: String) -> Bool {
        entries.withLock { entries in
            guard let entry = entries[tag] else { return false }
            entries[tag] = entry.useCount > 1 ? Entry(bytes: entry.bytes, useCount: entry.useCount - 1) : nil
            return entry.useCount == 1
        }
    }
}
