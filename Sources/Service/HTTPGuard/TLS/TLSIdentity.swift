import FoundationEssentials
package import Logging
import NIOSSL
import Synchronization

/// The server's certificate and private key.
package final class TLSIdentity: Sendable {
    package let certificateFile: String
    private let keyFile: String
    private let current: Mutex<NIOSSLContext>

    /// The TLS context for new connections.
    var context: NIOSSLContext { current.withLock { $0 } }

    /// The names of the options with the files, for errors.
    package struct Options: Sendable {
        let certificate: String
        let key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    private let options: Options

    /// Reads the files, which are in PEM.
    ///
    /// - Throws: ``ConfigurationError``.
    package init(certificateFile: String, keyFile: String, options: Options) throws(ConfigurationError) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.options = options
        current = Mutex(try Self.read(certificateFile, keyFile, options))
    }

    /// Reads the files again. If they are wrong, nothing changes.
    package func reload(_ logger: Logger) {
        do {
            let new = try Self.read(certificateFile, keyFile, options)
            current.withLock { $0 = new }
            logger.notice("the TLS certificate is read again")
        } catch {
            logger.error("the TLS certificate is wrong; the previous one stays in use", metadata: ["error": "\(error)"])
        }
    }

    private static func read(
        _ certificateFile: String, _ keyFile: String, _ options: Options
    ) throws(ConfigurationError) -> NIOSSLContext {
        let certificates: [NIOSSLCertificate]
        let certificateBytes = try contents(certificateFile, options.certificate)
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(certificateBytes)
        } catch {
            throw ConfigurationError("\(options.certificate): \(certificateFile) is no certificate in PEM")
        }
        let key: NIOSSLPrivateKey
        let keyBytes = try contents(keyFile, options.key)
        do {
            key = try NIOSSLPrivateKey(bytes: keyBytes, format: .pem)
        } catch {
            throw ConfigurationError("\(options.key): \(keyFile) is no private key in PEM without a passphrase")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = cipherSuites
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ConfigurationError(
                "\(options.key): \(keyFile) is not the key of the certificate in \(certificateFile)")
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
