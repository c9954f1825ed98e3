import Configuration
import Foundation
import HeksherServer
import Testing

@testable import HTTPGuard

@Suite struct EnvironmentVariableTests {
    private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources")

    /// The Swift files of all targets, by their path.
    private static func files() throws -> [String: String] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path()).filter {
            $0.hasSuffix(".swift")
        }
        return try Dictionary(
            uniqueKeysWithValues: paths.map { path in
                (path, try String(contentsOf: sources.appending(path: path), encoding: .utf8))
            })
    }

    @Test("Every variable in the sources is declared, and every declared variable is read")
    func declarations() throws {
        let files = try Self.files()
        let declared = Set(EnvironmentVariable.allCases.map(\.name))
        for (path, text) in files {
            for match in text.matches(of: /\bHEKSHER_[A-Z_]*[A-Z]\b/) where !path.hasSuffix("UnreadVariables.swift") {
                #expect(declared.contains(String(match.output)), "\(path) names \(match.output)")
            }
        }
        let others = files.filter { !$0.key.hasSuffix("/EnvironmentVariable.swift") }.values.joined()
        for variable in EnvironmentVariable.allCases {
            let isRead = others.contains("(.\(variable)") || others.contains(" .\(variable),")
            #expect(isRead, "\(variable.name) is declared, and no source file reads it")
            #expect(variable.declaration.meaning.hasSuffix(".") && !variable.declaration.commands.isEmpty)
        }
    }

    @Test("No source file reads the environment in another way")
    func oneReader() throws {
        for (path, text) in try Self.files() where !path.hasSuffix("/ConfigReader+Variables.swift") {
            let code = text.split(separator: "\n").filter { line in !line.drop { $0 == " " }.hasPrefix("//") }
            for call in ["forKey: ConfigKey(", "getenv(", "EnvironmentVariablesProvider("] {
                #expect(!code.contains { $0.contains(call) }, "\(path) calls \(call)")
            }
        }
    }

    @Test("Help lists each variable of a command with its default")
    func help() {
        let help = EnvironmentVariable.help(for: .serve)
        for variable in EnvironmentVariable.allCases where variable.declaration.commands.contains(.serve) {
            #expect(help.contains("\n  \(variable.name)\n    \(variable.declaration.meaning.prefix(10))"))
        }
        #expect(help.contains("(default: 1048576)"))
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 76 })
        #expect(!EnvironmentVariable.help(for: .client).contains("HEKSHER_ACCESS_FILE"))
    }

    private static func reader(_ variables: [String: String]) -> ConfigReader {
        ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
    }

    @Test("White space around a variable's value is ignored")
    func whiteSpace() throws {
        let reader = Self.reader(["HEKSHER_URL": " \t\r\nhttp://a b\n", "PORT": "80\n", "HEKSHER_LOG_LEVEL": " \t\n"])
        #expect(try reader.text(.url) == "http://a b")
        #expect(try reader.integer(.port, in: 0...65535) == 80)
        #expect(try reader.text(.logLevel) == nil)
    }

    @Test(
        "A variable that protects the service is refused if it is empty",
        arguments: EnvironmentVariable.allCases.filter { !$0.declaration.mayBeEmpty })
    func empty(variable: EnvironmentVariable) {
        for value in ["", " \n"] {
            let error = #expect(throws: ConfigurationError.self) {
                try Self.reader([variable.name: value]).text(variable)
            }
            #expect(error?.description.hasPrefix("\(variable.name) is set, but empty") == true)
        }
    }

    @Test("The variables for tokens and TLS must not be empty")
    func protecting() {
        let names = EnvironmentVariable.allCases.filter { !$0.declaration.mayBeEmpty }.map(\.name)
        for name in ["HEKSHER_ACCESS_FILE", "HEKSHER_TLS_CERTIFICATE", "HEKSHER_TLS_KEY"] {
            #expect(names.contains(name))
        }
    }

    @Test(
        "An unknown variable causes a warning that suggests the nearest name",
        arguments: [
            ("HEKSHER_ACESS_FILE", "HEKSHER_ACCESS_FILE"), ("HEKSHER_PORT", "PORT"),
            ("heksher_log_level", "HEKSHER_LOG_LEVEL"), ("HEKSHER_SENTRY_DSN", "SENTRY_DSN"),
            ("HEKSHER_SHUTDOWN_TIMEOUT", "HEKSHER_SHUTDOWN_SECONDS"), ("HEKSHER_QUITE_DIFFERENT", nil),
        ] as [(String, String?)])
    func unread(name: String, near: String?) {
        let warnings = UnreadVariables.warnings([name: "x", "PATH": "/bin", "HEKSHER_LOG_FORMAT": "json"])
        #expect(warnings == ["the variable \(name) is not read" + (near.map { ": did you mean \($0)?" } ?? "")])
    }

    @Test("Variables of client commands and of Kubernetes cause no warning")
    func notOurs() {
        let variables = [
            "HEKSHER_URL": "http://a", "HEKSHER_TOKEN": "t", "HEKSHER_SERVICE_HOST": "10.0.0.1",
            "HEKSHER_SERVICE_PORT": "80", "HEKSHER_SERVICE_PORT_HTTP": "80", "HEKSHER_PORT": "tcp://10.0.0.1:80",
            "HEKSHER_PORT_80_TCP": "tcp://10.0.0.1:80", "HEKSHER_PORT_80_TCP_ADDR": "10.0.0.1",
            "HEKSHER_DB_PORT_5432_TCP_PORT": "5432",
        ]
        #expect(UnreadVariables.warnings(variables) == [])
    }
}
