import CZlib

/// Compression in the format of gzip (RFC 1952), of texts that fit in memory.
enum Gzip {
    /// What compression is to be: each takes less space than the one before, and more time.
    enum Effort {
        /// For what is sent a few times.
        case usual
        /// For what is compressed once and for all.
        case most
    }

    /// The bytes, made smaller. The same bytes always give the same.
    static func compress(_ bytes: [UInt8], effort: Effort = .most) -> [UInt8] {
        var stream = z_stream()
        let level = effort == .most ? Z_BEST_COMPRESSION : Z_DEFAULT_COMPRESSION
        guard CZlib_beginGzip(&stream, level) == Z_OK else { preconditionFailure("no memory for zlib") }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        return run(bytes, room: bound, &stream, deflate) ?? []
    }

    /// What was compressed; `nil` if it was not by gzip, or if it is more than `limit` bytes.
    static func decompress(_ bytes: [UInt8], limit: Int = 1 << 26) -> [UInt8]? {
        // The length is in the last four bytes.
        guard bytes.count >= 18 else { return nil }
        let count = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard count <= limit else { return nil }
        var stream = z_stream()
        guard CZlib_beginGunzip(&stream) == Z_OK else { preconditionFailure("no memory for zlib") }
        defer { inflateEnd(&stream) }
        guard let result = run(bytes, room: count, &stream, inflate), result.count == count else { return nil }
        return result
    }

    /// Runs a stream from its beginning to its end; `nil` if there is no end in the room that is given.
    private static func run(
        _ bytes: [UInt8], room: Int, _ stream: inout z_stream,
        _ step: (UnsafeMutablePointer<z_stream>, Int32) -> Int32
    ) -> [UInt8]? {
        var isWhole = false
        var input = bytes
        let result = input.withUnsafeMutableBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: room) { output, count in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(room)
                isWhole = step(&stream, Z_FINISH) == Z_STREAM_END
                count = Int(stream.total_out)
            }
        }
        return isWhole ? result : nil
    }
}
