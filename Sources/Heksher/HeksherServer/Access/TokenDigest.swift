import HTTPRepresentation

/// The SHA-256 of a token. Tokens are long and random, so their digests do not reveal them.
struct TokenDigest: Sendable, Hashable {
    private let words: SIMD4<UInt64>

    init(of token: String) {
        words = unsafeBitCast(SHA256Digest(of: Array(token.utf8)).bytes, to: SIMD4<UInt64>.self)
    }

    /// - Parameter text: 64 hexadecimal digits.
    init?(hexadecimal text: Substring) {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        let bytes = SIMD32((0..<32).map { UInt8(digits[$0 * 2] << 4 | digits[$0 * 2 + 1]) })
        words = unsafeBitCast(bytes, to: SIMD4<UInt64>.self)
    }

    var hexadecimal: String { SHA256Digest(bytes: unsafeBitCast(words, to: SIMD32<UInt8>.self)).hexadecimal() }

    /// The 32 bytes of the digest.
    var bytes: [UInt8] {
        let bytes = unsafeBitCast(words, to: SIMD32<UInt8>.self)
        return (0..<32).map { bytes[$0] }
    }

    /// Compares in constant time.
    static func == (left: Self, right: Self) -> Bool {
        let difference = left.words ^ right.words
        return difference.x | difference.y | difference.z | difference.w == 0
    }
}
