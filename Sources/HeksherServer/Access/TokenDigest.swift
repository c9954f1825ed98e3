import Crypto

/// The SHA-256 of a token. Tokens are random and long, so that none can be found by their digests.
struct TokenDigest: Sendable, Hashable {
    private let words: SIMD4<UInt64>

    init(of token: String) {
        words = SHA256.hash(data: Array(token.utf8)).withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// - Parameter text: 64 hexadecimal digits.
    init?(hexadecimal text: Substring) {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        let bytes = (0..<32).map { UInt8(digits[$0 * 2] << 4 | digits[$0 * 2 + 1]) }
        words = bytes.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    var hexadecimal: String {
        withUnsafeBytes(of: words) { bytes in
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    /// In constant time.
    static func == (left: Self, right: Self) -> Bool {
        let difference = left.words ^ right.words
        return difference.x | difference.y | difference.z | difference.w == 0
    }
}
