public import Configuration
public import HTTPGuard

extension TrustedProxies {
    /// Reads `HEKSHER_TRUSTED_PROXIES`; without it, no proxy is trusted.
    ///
    /// - Throws: ``ConfigurationError``.
    public init(_ environment: ConfigReader) throws(ConfigurationError) {
        guard let text = try environment.text(.trustedProxies) else {
            self.init()
            return
        }
        try self.init(parsing: text, option: EnvironmentVariable.trustedProxies.name)
    }
}

extension AllowedHosts {
    /// Reads `HEKSHER_ALLOWED_HOSTS`.
    ///
    /// - Throws: ``ConfigurationError``.
    public init(_ environment: ConfigReader) throws(ConfigurationError) {
        try self.init(
            parsing: environment.text(.allowedHosts) ?? "", option: EnvironmentVariable.allowedHosts.name)
    }
}

extension OriginSharing {
    /// Reads `HEKSHER_CORS_ORIGINS`.
    ///
    /// - Returns: `nil` if it is not set.
    /// - Throws: ``ConfigurationError``.
    init?(_ environment: ConfigReader) throws(ConfigurationError) {
        guard let text = try environment.text(.corsOrigins) else { return nil }
        try self.init(parsing: text, option: EnvironmentVariable.corsOrigins.name)
    }
}

extension TLSIdentity {
    /// Reads `HEKSHER_TLS_CERTIFICATE` and `HEKSHER_TLS_KEY`, and the files that they name.
    ///
    /// - Returns: `nil` if neither is set.
    /// - Throws: ``ConfigurationError``.
    convenience init?(_ environment: ConfigReader) throws(ConfigurationError) {
        let (certificate, key) = (EnvironmentVariable.tlsCertificate, EnvironmentVariable.tlsKey)
        switch (try environment.text(.tlsCertificate), try environment.text(.tlsKey)) {
        case (nil, nil): return nil
        case (_?, nil): throw ConfigurationError("\(certificate.name) is set, and \(key.name) is not")
        case (nil, _?): throw ConfigurationError("\(key.name) is set, and \(certificate.name) is not")
        case (let certificateFile?, let keyFile?):
            try self.init(
                certificateFile: certificateFile, keyFile: keyFile,
                options: Options(certificate: certificate.name, key: key.name))
        }
    }
}

extension RootPath {
    /// Reads `HEKSHER_ROOT_PATH`.
    ///
    /// - Throws: ``ConfigurationError``.
    public init(_ environment: ConfigReader) throws(ConfigurationError) {
        guard let text = try environment.text(.rootPath) else {
            self.init()
            return
        }
        guard let prefix = PathPrefix(text) else {
            throw ConfigurationError(
                "\(EnvironmentVariable.rootPath.name) is '\(text)': it takes a path of letters, digits, '.', '_', '~' and '-', as in /heksher"
            )
        }
        self.init(prefix)
    }
}
