public import HTTPTypes

/// The reason why an operation did not return the expected output.
public struct ClientError: Error, CustomStringConvertible {
    /// The kind of failure.
    public enum Reason: Sendable {
        /// There is no response. The transport threw this error.
        case noResponse(any Error)
        /// The contract does not declare such a response. These are the problems of the response.
        case contractBroken(ValidationProblems)
        /// The contract declares the response, but the caller expected another one. This is the operation's output.
        case otherOutput(any Sendable)
    }

    /// The ID of the operation.
    public var operationID: String
    /// The kind of failure.
    public var reason: Reason
    /// The response; `nil` if the client received none.
    public var response: APIResponse?

    /// Creates an error about a call of an operation.
    public init(_ operationID: String, _ reason: Reason, _ response: APIResponse? = nil) {
        self.operationID = operationID
        self.reason = reason
        self.response = response
    }

    /// The operation's output, if it is a declared response that the caller did not expect.
    public var otherOutput: (any Sendable)? {
        if case .otherOutput(let output) = reason { output } else { nil }
    }

    /// The response's status; `nil` if there is no response.
    public var status: HTTPResponse.Status? { response?.status }

    /// One line with the operation, the status, and the beginning of the body or the reason.
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
