import CZlib

/// Compression in the gzip format (RFC 1952), for data that fits in memory.
package enum Gzip {
    /// The effort of compression. Each takes less space than the one before, and more time.
    package enum Effort {
        /// For data that is sent a few times.
        case usual
        /// For data that is compressed once and sent often.
        case most
    }

    /// The compressed bytes of a page or of another part of the program.
    package static func compress(_ bytes: [UInt8]) -> [UInt8] {
        guard let compressed = compressIfPossible(bytes) else { preconditionFailure("no memory for zlib") }
        return compressed
    }

    /// The compressed bytes. Equal bytes always give equal results. `nil` if there is no memory for it, or if there are too many bytes for
    /// zlib.
    package static func compressIfPossible(_ bytes: [UInt8], effort: Effort = .most) -> [UInt8]? {
        var stream = z_stream()
        let level = effort == .most ? Z_BEST_COMPRESSION : Z_DEFAULT_COMPRESSION
        guard CZlib_beginGzip(&stream, level) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        return run(bytes, room: bound, &stream, deflate)
    }

    /// The original bytes; `nil` if they were not compressed with gzip, or have more than `limit` bytes.
    package static func decompress(_ bytes: [UInt8], limit: Int = 1 << 26) -> [UInt8]? {
        // The length is in the last four bytes.
        guard bytes.count >= 18 else { return nil }
        let count = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard count <= limit else { return nil }
        var stream = z_stream()
        guard CZlib_beginGunzip(&stream) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        guard let result = run(bytes, room: count, &stream, inflate), result.count == count else { return nil }
        return result
    }

    /// Runs a stream from its beginning to its end; `nil` if the output does not fit.
    private static func run(
        _ bytes: [UInt8], room: Int, _ stream: inout z_stream,
        _ step: (UnsafeMutablePointer<z_stream>, Int32) -> Int32
    ) -> [UInt8]? {
        guard let available = UInt32(exactly: bytes.count), let space = UInt32(exactly: room) else { return nil }
        var isWhole = false
        var input = bytes
        let result = input.withUnsafeMutableBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: room) { output, count in
                stream.next_in = input.baseAddress
                stream.avail_in = available
                stream.next_out = output.baseAddress
                stream.avail_out = space
                isWhole = step(&stream, Z_FINISH) == Z_STREAM_END
                count = Int(stream.total_out)
            }
        }
        return isWhole ? result : nil
    }
}
