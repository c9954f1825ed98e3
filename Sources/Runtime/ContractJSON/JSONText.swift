/// The encodings of JSON texts.
///
/// RFC 8259 §8.1 allows only UTF-8 without a byte order mark. But Windows PowerShell 5.1 writes the mark, and UTF-16 by default. RFC 4627
/// §3 determines the encoding of a text without a mark by its zero bytes, because the first characters of JSON are ASCII.
public enum JSONText {
    private enum Encoding {
        case utf8
        case utf16(isBigEndian: Bool)
        case utf32(isBigEndian: Bool)

        /// The encoding of a text, and the length of its byte order mark.
        static func detect(_ bytes: [UInt8]) -> (encoding: Encoding, markLength: Int) {
            // Almost all texts begin like this.
            if bytes.count > 1, (1..<0x80).contains(bytes[0]), bytes[1] != 0 { return (.utf8, 0) }
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
            if bytes.starts(with: [0x00, 0x00, 0xFE, 0xFF]) { return (.utf32(isBigEndian: true), 4) }
            // The mark of UTF-16 is the beginning of that of UTF-32.
            if bytes.starts(with: [0xFF, 0xFE, 0x00, 0x00]) { return (.utf32(isBigEndian: false), 4) }
            if bytes.starts(with: [0xFE, 0xFF]) { return (.utf16(isBigEndian: true), 2) }
            if bytes.starts(with: [0xFF, 0xFE]) { return (.utf16(isBigEndian: false), 2) }
            guard bytes.count >= 2 else { return (.utf8, 0) }
            // Two bytes can only be one digit in UTF-16.
            let zeros = (0..<4).map { $0 < bytes.count && bytes[$0] == 0 }
            if zeros[0] { return (zeros[1] ? .utf32(isBigEndian: true) : .utf16(isBigEndian: true), 0) }
            if zeros[1] { return (zeros[2] && zeros[3] ? .utf32(isBigEndian: false) : .utf16(isBigEndian: false), 0) }
            return (.utf8, 0)
        }
    }

    /// Converts a text in UTF-8, UTF-16 or UTF-32, with or without a byte order mark, to UTF-8 without a mark.
    ///
    /// It does not validate UTF-8; the reader does that.
    ///
    /// - Throws: `JSONError` at the first bytes that are invalid in the text's encoding. Its offset counts bytes of UTF-8.
    public static func utf8(_ bytes: [UInt8]) throws(JSONError) -> [UInt8] {
        let (encoding, markLength) = Encoding.detect(bytes)
        switch encoding {
        case .utf8: return markLength == 0 ? bytes : Array(bytes[markLength...])
        case .utf16(let isBigEndian):
            return try transcoded(units(bytes[markLength...], isBigEndian), UTF16.self, "UTF-16", bytes.count % 2 == 0)
        case .utf32(let isBigEndian):
            return try transcoded(units(bytes[markLength...], isBigEndian), UTF32.self, "UTF-32", bytes.count % 4 == 0)
        }
    }

    /// The complete code units in some bytes.
    private static func units<Unit: FixedWidthInteger & UnsignedInteger>(
        _ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool
    ) -> [Unit] {
        let size = MemoryLayout<Unit>.size
        return bytes.withUnsafeBytes { buffer in
            (0..<buffer.count / size).map { index in
                let unit = buffer.loadUnaligned(fromByteOffset: index * size, as: Unit.self)
                return isBigEndian ? Unit(bigEndian: unit) : Unit(littleEndian: unit)
            }
        }
    }

    private static func transcoded<Codec: UnicodeCodec>(
        _ units: [Codec.CodeUnit], _ codec: Codec.Type, _ name: String, _ isWhole: Bool
    ) throws(JSONError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(units.count)
        let isBroken = transcode(
            units.makeIterator(), from: codec, to: UTF8.self, stoppingOnError: true, into: { result.append($0) })
        guard !isBroken, isWhole else { throw JSONError("invalid \(name)", at: result.count, in: result[...]) }
        return result
    }
}
