import ArgumentParser
import Configuration
import HTTPGuard
import HeksherServer
import NIOSSL

/// The service to call, and the form in which its responses are printed.
struct ServiceOptions: ParsableArguments {
    @Option(
        help: """
            The address of the service, with or without http:// or https://. (default: HEKSHER_URL of the environment, else \
            that of the profile, else http://127.0.0.1 at PORT)
            """)
    var url: String?

    @Option(
        help: """
            The profile that 'heksher login' has stored under this name. (default: HEKSHER_PROFILE of the environment, else the \
            current one)
            """, completion: .profiles)
    var profile: String?

    @Option(
        help: ArgumentHelp(
            """
            A file with the certificates, in PEM, of the authorities to trust instead of those that the system trusts. (default: \
            HEKSHER_CACERT of the environment, else that of the profile)
            """, valueName: "file"), completion: .file())
    var cacert: String?

    @Option(
        help: """
            A token for the service, if it asks for one. Others on this machine can see it: HEKSHER_TOKEN of the environment and \
            'heksher login' are better.
            """)
    var token: String?

    @Option(help: ArgumentHelp("Why you change something; 'heksher history' shows it.", valueName: "text"))
    var reason: String?

    @Option(help: "How many seconds an answer may take.")
    var timeout = 30

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            """
            The form of the output: table, json, yaml or csv. JSON and YAML are what the service answers; nothing if it answers \
            without a body. (default: table)
            """, valueName: "form"))
    var output: OutputForm?

    @Flag(help: "The same as --output json.")
    var json = false

    func validate() throws {
        if !(1...3600).contains(timeout) { throw ValidationError("--timeout takes a number of seconds from 1 to 3600") }
        if let reason, reason.unicodeScalars.count > 500 {
            throw ValidationError("--reason takes at most 500 characters")
        }
        if json, let output, output != .json {
            throw ValidationError("--json and --output \(output) do not go together")
        }
        if url != nil, profile != nil { throw ValidationError("--url and --profile do not go together") }
        do {
            if let url { _ = try ServiceAddress(parsing: url) }
        } catch {
            throw ValidationError("--url: \(error)")
        }
    }

    /// The service to call. The connection is opened with the first request.
    ///
    /// - Throws: `ConfigurationError`.
    func service() throws -> RemoteService {
        try service(ServiceAccess(url: url, profile: profile, cacert: cacert, token: token))
    }

    /// The service with an address, or of a profile.
    ///
    /// - Throws: `ConfigurationError`.
    func service(named name: String) throws -> RemoteService {
        let isProfile = Profile.isName(name) && !name.contains(".") && name != "localhost"
        return try service(
            ServiceAccess(url: isProfile ? nil : name, profile: isProfile ? name : nil, cacert: cacert, token: token))
    }

    private func service(_ access: ServiceAccess) throws -> RemoteService {
        RemoteService(
            access.address, token: access.token, authorities: try access.authorities(), timeout: .seconds(timeout),
            reason: reason, form: output ?? (json ? .json : .table))
    }
}

/// The address, the token and the authorities of a service: from options, variables and profiles.
///
/// A token and the authorities of a profile are used only with the address of the same profile, so that no other server gets the token.
struct ServiceAccess {
    let address: ServiceAddress
    let token: String?
    /// The file of the authorities to trust.
    let cacert: String?

    /// Takes options before a profile that is named by an option, before variables, before any other profile.
    ///
    /// - Throws: `ConfigurationError`.
    init(url: String?, profile: String?, cacert: String?, token: String?) throws {
        let environment = ConfigReader.environment
        let (variable, variableToken) = (try environment.text(.url), try environment.text(.token))
        let variableAuthorities = try environment.text(.cacert)
        if let url {
            address = try ServiceAddress(parsing: url)
            (self.token, self.cacert) = (token ?? variableToken, cacert ?? variableAuthorities)
            return
        }
        if let variable, profile == nil {
            do {
                address = try ServiceAddress(parsing: variable)
            } catch {
                throw ConfigurationError("\(EnvironmentVariable.url.name): \(error)")
            }
            (self.token, self.cacert) = (token ?? variableToken, cacert ?? variableAuthorities)
            return
        }
        guard let stored = try ProfileFile.standard.read().profile(try profile ?? environment.text(.profile)) else {
            address = try ServiceAddress(parsing: "http://127.0.0.1:\(ServiceConfiguration.port(environment))")
            (self.token, self.cacert) = (token ?? variableToken, cacert ?? variableAuthorities)
            return
        }
        address = try stored.address()
        self.token = token ?? (profile == nil ? variableToken ?? stored.token : stored.token ?? variableToken)
        self.cacert =
            cacert ?? (profile == nil ? variableAuthorities ?? stored.cacert : stored.cacert ?? variableAuthorities)
    }

    /// The certificates of the authorities to trust; `nil` for those that the system trusts.
    ///
    /// - Throws: `ConfigurationError`.
    func authorities() throws -> [NIOSSLCertificate]? {
        try cacert.map { try Self.authorities(in: $0) }
    }

    /// The certificates in a file.
    ///
    /// - Throws: `ConfigurationError`.
    static func authorities(in file: String) throws -> [NIOSSLCertificate] {
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(file)
            guard !certificates.isEmpty else { throw ConfigurationError("\(file) has no certificate in PEM") }
            return certificates
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError("\(file) cannot be read, or has no certificate in PEM")
        }
    }
}
