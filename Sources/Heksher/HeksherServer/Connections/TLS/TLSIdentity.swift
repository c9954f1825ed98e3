import Configuration
import FoundationEssentials
import Logging
import NIOSSL
import Synchronization

/// The server's certificate and private key.
final class TLSIdentity: Sendable {
    let certificateFile: String
    private let keyFile: String
    private let current: Mutex<NIOSSLContext>

    /// The TLS context for new connections.
    var context: NIOSSLContext { current.withLock { $0 } }

    /// Reads `HEKSHER_TLS_CERTIFICATE` and `HEKSHER_TLS_KEY`, and the files that they name.
    ///
    /// - Returns: `nil` if neither is set.
    /// - Throws: ``ConfigurationError``.
    convenience init?(_ environment: ConfigReader) throws(ConfigurationError) {
        let (certificate, key) = (try environment.text(.tlsCertificate), try environment.text(.tlsKey))
        switch (certificate, key) {
        case (nil, nil): return nil
        case (_?, nil): throw ConfigurationError("\(Self.certificateName) is set, and \(Self.keyName) is not")
        case (nil, _?): throw ConfigurationError("\(Self.keyName) is set, and \(Self.certificateName) is not")
        case (let certificate?, let key?): try self.init(certificateFile: certificate, keyFile: key)
        }
    }

    /// - Throws: ``ConfigurationError``.
    init(certificateFile: String, keyFile: String) throws(ConfigurationError) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        current = Mutex(try Self.read(certificateFile, keyFile))
    }

    /// Reads the files again. If they are wrong, nothing changes.
    func reload(_ logger: Logger) {
        do {
            let new = try Self.read(certificateFile, keyFile)
            current.withLock { $0 = new }
            logger.notice("the TLS certificate is read again")
        } catch {
            logger.error("the TLS certificate is wrong; the previous one stays in use", metadata: ["error": "\(error)"])
        }
    }

    private static let certificateName = EnvironmentVariable.tlsCertificate.name
    private static let keyName = EnvironmentVariable.tlsKey.name

    private static func read(_ certificateFile: String, _ keyFile: String) throws(ConfigurationError) -> NIOSSLContext {
        let certificates: [NIOSSLCertificate]
        let certificateBytes = try contents(certificateFile, certificateName)
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(certificateBytes)
        } catch {
            throw ConfigurationError("\(certificateName): \(certificateFile) is no certificate in PEM")
        }
        let key: NIOSSLPrivateKey
        let keyBytes = try contents(keyFile, keyName)
        do {
            key = try NIOSSLPrivateKey(bytes: keyBytes, format: .pem)
        } catch {
            throw ConfigurationError("\(keyName): \(keyFile) is no private key in PEM without a passphrase")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = cipherSuites
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ConfigurationError("\(keyName): \(keyFile) is not the key of the certificate in \(certificateFile)")
        }
    }

    /// The cipher suites of TLS 1.2: only authenticated encryption with forward secrecy (RFC 9325 §4.2). Those of TLS 1.3 are all of this
    /// kind and always enabled.
    private static let cipherSuites: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]

    private static func contents(_ file: String, _ name: String) throws(ConfigurationError) -> [UInt8] {
        guard let contents = FileManager.default.contents(atPath: file) else {
            throw ConfigurationError("\(name): \(file) cannot be read")
        }
        return Array(contents)
    }
}
