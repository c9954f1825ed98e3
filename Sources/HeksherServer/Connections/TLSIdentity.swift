import Configuration
import FoundationEssentials
import Logging
import NIOSSL
import Synchronization

/// What the service shows who it is by: a certificate, and the key that proves that it is its own.
final class TLSIdentity: Sendable {
    private let certificateFile: String
    private let keyFile: String
    private let current: Mutex<NIOSSLContext>

    /// What connections that begin now are secured by.
    var context: NIOSSLContext { current.withLock { $0 } }

    /// Reads `HEKSHER_TLS_CERTIFICATE` and `HEKSHER_TLS_KEY`, and the files that they name.
    ///
    /// - Returns: `nil` if neither is set.
    /// - Throws: ``ConfigurationError``.
    convenience init?(_ environment: ConfigReader) throws(ConfigurationError) {
        let (certificate, key) = (environment.text(Self.certificateName), environment.text(Self.keyName))
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

    /// Reads the files again. If they are wrong, everything stays as it is.
    func reload(_ logger: Logger) {
        do {
            let new = try Self.read(certificateFile, keyFile)
            current.withLock { $0 = new }
            logger.notice("the TLS certificate is read again")
        } catch {
            logger.error("the TLS certificate stays as it is", metadata: ["error": "\(error)"])
        }
    }

    private static let certificateName = "HEKSHER_TLS_CERTIFICATE"
    private static let keyName = "HEKSHER_TLS_KEY"

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
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ConfigurationError("\(keyName): \(keyFile) is not the key of the certificate in \(certificateFile)")
        }
    }

    private static func contents(_ file: String, _ name: String) throws(ConfigurationError) -> [UInt8] {
        guard let contents = FileManager.default.contents(atPath: file) else {
            throw ConfigurationError("\(name): \(file) cannot be read")
        }
        return Array(contents)
    }
}
