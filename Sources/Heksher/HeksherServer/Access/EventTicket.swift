import HTTPRepresentation
import HeksherStore
import PosixSupport

/// A ticket stands for a token in the address of a stream of events, because a browser's `EventSource` sends no header fields.
///
/// A ticket names a token and an expiry, and authenticates both with an HMAC. Its key is the digest of the token, which all instances with the
/// same access file know. So a ticket is valid on each of them, and becomes invalid with the token.
struct EventTicket {
    /// The maximum time for which a ticket is valid, in seconds. It is valid for at least half of that.
    static let lifetime: Int64 = 300

    private static let purpose = Array("heksher events 1".utf8)
    private static let codeSize = 16

    /// Identifies the token.
    let key: UInt64
    private let expiry: Int64
    private let code: [UInt8]

    /// A ticket for the token with a digest. Equal tickets within half of the lifetime make equal responses.
    init(for digest: TokenDigest, at now: Int64 = .now) {
        key = digest.ticketKey
        let step = Self.lifetime / 2
        expiry = (now / step + 2) * step
        code = Self.code(key, expiry, digest)
    }

    /// - Returns: `nil` if the text is not one that ``text`` returns.
    init?(_ text: String) {
        guard text.utf8.count < 64, let bytes = Base64URL.decode(text), bytes.count == 16 + Self.codeSize else {
            return nil
        }
        key = bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        expiry = Int64(bitPattern: bytes[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        code = Array(bytes[16...])
    }

    /// Letters, digits, `-` and `_`.
    var text: String { Base64URL.encode(Self.bytes(key) + Self.bytes(UInt64(bitPattern: expiry)) + code) }

    /// Whether this is a ticket for the token with a digest, and not too old.
    func isValid(for digest: TokenDigest, at now: Int64 = .now) -> Bool {
        // In constant time, so that no forger learns how much of a code is right.
        let difference = zip(code, Self.code(key, expiry, digest)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        return difference == 0 && now <= expiry
    }

    private static func bytes(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }

    private static func code(_ key: UInt64, _ expiry: Int64, _ digest: TokenDigest) -> [UInt8] {
        let message = purpose + bytes(key) + bytes(UInt64(bitPattern: expiry))
        return Array(digest.authenticationCode(of: message).prefix(codeSize))
    }
}

extension Int64 {
    /// The seconds since 1970.
    static var now: Int64 { Int64(time(nil)) }
}

extension TokenDigest {
    private static let keyPurpose = Array("heksher events key 1".utf8)

    /// Identifies the token in tickets, without revealing its digest.
    var ticketKey: UInt64 { authenticationCode(of: Self.keyPurpose).prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

    /// The HMAC-SHA-256 of a message with this digest as the key (RFC 2104).
    func authenticationCode(of message: [UInt8]) -> [UInt8] { HMAC.sha256(of: message, key: bytes) }
}

/// Keyed hashes (RFC 2104).
enum HMAC {
    private static let blockSize = 64

    /// - Parameter key: at most 64 bytes.
    static func sha256(of message: [UInt8], key: [UInt8]) -> [UInt8] {
        let key = key + [UInt8](repeating: 0, count: max(blockSize - key.count, 0))
        let inner = SHA256Digest(of: key.map { $0 ^ 0x36 } + message)
        return SHA256Digest(of: key.map { $0 ^ 0x5C } + inner.array).array
    }
}

extension SHA256Digest {
    fileprivate var array: [UInt8] { (0..<32).map { bytes[$0] } }
}
