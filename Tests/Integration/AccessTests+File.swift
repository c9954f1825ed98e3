import ContractRuntime
import Foundation
import HeksherAPI
import HeksherClient
import InMemoryLogging
import LibPQ
import Logging
import Testing

@testable import HTTPGuard
@testable import HeksherServer

// The access file.
extension AccessTests {
    @Test("An invalid access file is logged and keeps the tokens; a valid one applies at once")
    func reloading() async throws {
        let log = InMemoryLogHandler()
        let logger = Logger(label: "test") { _ in log }
        let file = FileManager.default.temporaryDirectory.appending(path: "access-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Self.line("reader read").write(to: file, atomically: true, encoding: .utf8)
        let access = try AccessControl(file: file.path)
        func isAdmitted(_ name: String) -> Bool {
            let request = AccessRequest(
                credentials: Credentials.bearer(BearerToken(Self.token(name))), operationID: "x", scopes: ["read"])
            if case .admitted = access.admit(request) { return true }
            return false
        }
        #expect(isAdmitted("reader") && !isAdmitted("other"))
        try (Self.line("other read") + "nonsense\n").write(to: file, atomically: true, encoding: .utf8)
        access.reload(logger)
        #expect(isAdmitted("reader") && !isAdmitted("other"))
        #expect(log.entries.last?.metadata["error"].map { "\($0)" }?.contains("\(file.path):2: ") == true)
        try FileManager.default.removeItem(at: file)
        access.reload(logger)
        #expect(isAdmitted("reader"))
        try Self.line("other read").write(to: file, atomically: true, encoding: .utf8)
        access.reload(logger)
        #expect(!isAdmitted("reader") && isAdmitted("other"))
    }

    @Test("An invalid access file is reported in one sentence with the line")
    func mistakes() {
        let digest = "sha256:\(String(repeating: "0f", count: 32))"
        for (text, sentence) in [
            ("", "f has no token"), ("# a read \(digest) *\n", "f has no token"),
            ("\na read", "f:2: a line has a name, a role, sha256:… and limits; this one has 2 words"),
            ("a read \(digest) x y", "f:1: a line has a name, a role, sha256:… and limits; this one has 5 words"),
            (
                "a read \(digest)",
                "f:1: a line has a name, a role, sha256:… and limits; the limits are missing: write * for a token without limits"
            ),
            ("a! read \(digest) *", "f:1: a name has letters, digits, '_', '-' and '.'; this one is 'a!'"),
            ("a admin \(digest) *", "f:1: a role is read, declare or write; this one is 'admin'"),
            ("a read 0f *", "f:1: after the role comes sha256: and 64 hexadecimal digits"),
            ("a read \(digest)0 *", "f:1: after the role comes sha256: and 64 hexadecimal digits"),
            ("a read \(digest) x,,y", "f:1: no setting's name begins with ''"),
            ("a read \(digest) x/", "f:1: no setting's name begins with 'x/'"),
            ("a read \(digest) *,x", "f:1: no setting's name begins with '*'"),
            ("a read \(digest.dropLast()) *", "f:1: after the role comes sha256: and 64 hexadecimal digits"),
            ("a read \(digest.dropLast())\u{FF11} *", "f:1: after the role comes sha256: and 64 hexadecimal digits"),
            (
                "a read \(digest) *\na write sha256:\(String(repeating: "0e", count: 32)) *",
                "f:2: the name a is that of line 1, too"
            ),
            (
                "a read \(digest) *\nb write \(digest.uppercased().replacing("SHA", with: "sha")) *",
                "f:2: the token is that of a, too"
            ),
        ] {
            let text = text.isEmpty ? text : text + "\n"
            let error = #expect(throws: AccessFileError.self) { try AccessList(parsing: text, file: "f") }
            #expect(error?.description == sentence)
        }
        for text in [
            "a read \(digest) *", "a read \(digest) *\n# end", "a read \(digest) *\nb", "a read \(digest) *\r",
        ] {
            let error = #expect(throws: AccessFileError.self) { try AccessList(parsing: text, file: "f") }
            #expect(
                error?.description.hasSuffix(
                    "the last line has no line feed at its end: the file may have been cut short") == true)
        }
    }

    @Test("An access file that is cut short anywhere grants no token more than the whole file")
    func cutShort() throws {
        let names = ["a", "b", "c", "d", "e"]
        func line(_ name: String, _ rest: String) -> String {
            let parts = rest.split(separator: " ", maxSplits: 1)
            return "\(name) \(parts[0]) sha256:\(TokenDigest(of: Self.token(name)).hexadecimal) \(parts[1])"
        }
        let text =
            "# Tokens\n" + line("a", "read checkout.,shared.\n") + line("b", "declare team_b.\t# é\r\n") + "\n"
            + line("c", "write *\n") + "  " + line("d", "write limits,x\n")
            + line("e", "write *  # not limited\n") + "# the end\n"
        let whole = try AccessList(parsing: text, file: "f")
        #expect(names.allSatisfy { whole.holder(of: Self.token($0)) != nil })
        #expect(whole.holder(of: Self.token("b"))?.prefixes == ["team_b."])
        let file = FileManager.default.temporaryDirectory.appending(path: "access-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        var readable = 0
        for size in 0..<text.utf8.count {
            try Data(text.utf8.prefix(size)).write(to: file)
            guard let part = try? AccessList(file: file.path) else { continue }
            readable += 1
            for name in names {
                let granted = part.holder(of: Self.token(name))
                #expect(granted == nil || granted == whole.holder(of: Self.token(name)), "\(size) bytes")
            }
        }
        // Only texts that end with a whole line.
        #expect(readable < text.count { $0.isNewline })
    }

    @Test("The line of a new token admits this token and no other")
    func newToken() throws {
        let token = try NewToken(name: "checkout", role: .declare, prefixes: ["checkout.", "shared."])
        #expect(token.text.hasPrefix("heksher_") && token.text.utf8.count == 51 && !token.line.contains(token.text))
        let list = try AccessList(parsing: token.line + "\n", file: "f")
        let holder = AccessToken(
            digest: TokenDigest(of: token.text), name: "checkout", role: .declare, prefixes: ["checkout.", "shared."])
        #expect(list.holder(of: token.text) == holder)
        let other = try NewToken(name: "checkout", role: .declare, prefixes: [])
        #expect(other.text != token.text && list.holder(of: other.text) == nil && other.line.hasSuffix(" *"))
        #expect(
            BearerToken(
                in: APIRequest(method: .get, path: "/", headerFields: [.authorization: "Bearer \(other.text)"]))?.text
                == other.text)
        #expect(throws: ConfigurationError.self) { try NewToken(name: "a b", role: .read, prefixes: []) }
        #expect(throws: ConfigurationError.self) { try NewToken(name: "a", role: .read, prefixes: ["x y"]) }
    }
}
