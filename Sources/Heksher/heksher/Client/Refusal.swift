import ContractRuntime
import HeksherAPI
import Telemetry

/// The reason why a service refused a request.
struct Refusal: Error {
    /// The exit status, by which programs distinguish refusals. The help of `heksher` lists them.
    enum Status: Int32 {
        case refused = 1
        case notFound = 3
        case conflict = 4
        /// `EX_UNAVAILABLE` of sysexits.h.
        case unavailable = 69
        /// `EX_NOPERM`.
        case notAllowed = 77
        /// `EX_PROTOCOL`.
        case notHeksher = 76
    }

    var status: Status
    var sentence: String
    /// Further lines after the sentence.
    var details: [String]
    /// The problems that the service has found in the request.
    var problems: [Schemas.ValidationProblem]?

    init(_ status: Status, _ sentence: String, details: [String] = []) {
        self.status = status
        self.sentence = sentence
        self.details = details
    }

    /// Whether other requests to the same service can still succeed.
    var concernsOneRequest: Bool {
        switch status {
        case .refused, .notFound, .conflict, .notAllowed: true
        case .unavailable, .notHeksher: false
        }
    }

    /// Prints the refusal for the user.
    func tell() {
        let lines = ["heksher: \(sentence)"] + details.map { "  \($0)" }
        say(lines.map { $0.printable() }.joined(separator: "\n"))
    }
}

extension Refusal {
    /// A declared response other than the expected one.
    ///
    /// - Parameters:
    ///   - request: the request, whose parts the response may name.
    ///   - sentence: the text if the response has none, as for some unknown things.
    init(_ response: APIResponse, to request: APIRequest?, else sentence: String?) {
        let status: Status =
            switch response.status.code {
            case 401, 403: .notAllowed
            case 404: .notFound
            case 409: .conflict
            case 429, 503: .unavailable
            default: .refused
            }
        if let problems: Schemas.ValidationError = response.json() {
            defer { self.problems = problems.detail }
            let lines = problems.detail.map { "\(ProblemSentence($0, of: request))" }
            if let line = lines.first, lines.count == 1 {
                self.init(status, line)
            } else {
                self.init(status, "the request breaks the contract:", details: lines)
            }
        } else if let detail = (response.json() as Schemas.Detail?)?.detail {
            self.init(status, ListSentence.rewritten(detail))
        } else {
            let text = String(decoding: response.body, as: UTF8.self)
            self.init(
                status,
                text.isEmpty
                    ? sentence ?? "the service answers with \(response.status)" : ListSentence.rewritten(text))
        }
    }

    /// Problems that the service has found in the request's body.
    init(problems: [Schemas.ValidationProblem]) {
        let lines = problems.map { "\(ProblemSentence($0, of: nil))" }
        if let line = lines.first, lines.count == 1 {
            self.init(.refused, line)
        } else {
            self.init(.refused, "the request breaks the contract:", details: lines)
        }
        self.problems = problems
    }

    /// An undeclared response: the server is not a Heksher service, or does not work properly.
    init(undeclared response: APIResponse, _ problems: ValidationProblems, from address: String) {
        let code = response.status.code
        switch response.status.kind {
        case .redirection:
            let target = response.headerFields[.location].map { " (to \($0))" } ?? ""
            self.init(
                .notHeksher, "\(address) redirects\(target), which a Heksher service does not: is the address right?")
        case .serverError:
            let detail = (response.json() as Schemas.Detail?)?.detail
            let text = response.mediaType == "text/plain" ? String(decoding: response.body, as: UTF8.self) : nil
            let said = (detail ?? text).map { ": \($0)" } ?? ""
            self.init(.unavailable, "\(address) is not well: it answers with status \(code)\(said)")
        default:
            // The undeclared status is information enough.
            let details = problems.list.filter { $0.location != [.name("status")] }
            self.init(
                .notHeksher,
                "\(address) answers as no Heksher service does, with status \(code): is the address right?",
                details: details.map(\.description))
        }
    }
}

extension APIResponse {
    /// The body, if it is valid JSON of the type.
    fileprivate func json<Value: JSONDecodable>() -> Value? {
        guard mediaType == "application/json" else { return nil }
        var problems = ValidationProblems()
        return decodeJSONBody(problems: &problems, Value.decode(from:problems:))
    }
}
