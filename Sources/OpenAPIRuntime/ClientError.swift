public import HTTPTypes

/// Why an operation did not give its caller what was asked for.
public struct ClientError: Error, CustomStringConvertible {
    public enum Reason: Sendable {
        /// There was no response; this is what the transport threw.
        case noResponse(any Error)
        /// The response is none that the contract declares.
        case contractBroken(ValidationProblems)
        /// The response is a declared one, but not the one that the caller wanted; this is the operation's output.
        case otherOutput(any Sendable)
    }

    public var operationID: String
    public var reason: Reason
    /// What was received, if anything was.
    public var response: APIResponse?

    public init(_ operationID: String, _ reason: Reason, _ response: APIResponse? = nil) {
        self.operationID = operationID
        self.reason = reason
        self.response = response
    }

    /// The operation's output, if there was one: a declared response that the caller did not want.
    public var otherOutput: (any Sendable)? {
        if case .otherOutput(let output) = reason { output } else { nil }
    }

    /// The response's status, if there was a response.
    public var status: HTTPResponse.Status? { response?.status }

    /// The operation, the status, and the beginning of the body or what went wrong, in one line.
    public var description: String {
        switch reason {
        case .noResponse(let error): "\(operationID): no response: \(error)"
        case .contractBroken(let problems):
            "\(operationID): \(summary): the contract declares no such response: \(problems)"
        case .otherOutput: "\(operationID): \(summary)"
        }
    }

    private var summary: String {
        guard let response else { return "" }
        let text = String(decoding: response.body.prefix(1000), as: UTF8.self).replacing("\n", with: " ")
        return text.isEmpty ? "\(response.status.code)" : "\(response.status.code) \(text)"
    }
}
