import ContractJSON
import HTTPTypes

/// The form of the body of a response 401, 403, 406 or 415, as the contract declares it.
public enum RefusalBody: Sendable, Hashable {
    /// No body.
    case empty
    /// The sentence as plain text.
    case text
    /// An object with the sentence as one member. The media type is a kind of JSON.
    case json(member: String, contentType: String)
    /// Problem details (RFC 9457) with the sentence as `detail`.
    case problem

    func response(_ status: HTTPResponse.Status, _ sentence: String) -> APIResponse {
        switch self {
        case .empty:
            APIResponse(status: status)
        case .text:
            APIResponse(status: status, contentType: "text/plain; charset=utf-8", body: Array(sentence.utf8))
        case .json(let member, let contentType):
            APIResponse(
                status: status, contentType: contentType,
                body: JSONWriter.bytes { json in
                    json.beginObject()
                    json.key(member)
                    json.write(sentence)
                    json.endObject()
                })
        case .problem:
            APIResponse(
                status: status, contentType: "application/problem+json",
                body: JSONWriter.bytes { json in
                    json.beginObject()
                    json.key("type")
                    json.write("about:blank")
                    json.key("title")
                    json.write(status.reasonPhrase)
                    json.key("status")
                    json.write(status.code)
                    json.key("detail")
                    json.write(sentence)
                    json.endObject()
                })
        }
    }
}

extension OperationSecurity {
    /// The response 401, with a challenge for each authentication scheme that the operation accepts (RFC 9110 §11.6.1).
    ///
    /// - Parameter presented: whether the request had credentials, which were refused.
    func unauthorized(_ sentence: String, presented: Bool) -> APIResponse {
        var response = unauthorized.response(.unauthorized, sentence)
        var challenges: [String] = []
        for alternative in alternatives {
            for scheme in alternative.challenges {
                var challenge = "\(scheme) realm=\(realm.quoted)"
                switch scheme {
                // The challenge to a request without credentials contains no error (RFC 6750 §3.1).
                case "Bearer":
                    if presented { challenge += ", error=\"invalid_token\"" }
                    challenge += scope(alternative.scopes)
                case "Basic": challenge += ", charset=\"UTF-8\""
                default: break
                }
                if !challenges.contains(challenge) { challenges.append(challenge) }
            }
        }
        response.headerFields[values: .wwwAuthenticate] = challenges
        return response
    }

    /// The response 403. If a bearer token lacks scopes, it lists the required ones (RFC 6750 §3.1).
    func forbidden(_ sentence: String, _ access: AccessRequest<Credentials>) -> APIResponse {
        var response = forbidden.response(.forbidden, sentence)
        let alternative = alternatives.first { $0.kind == access.credentials.kind }
        if let alternative, alternative.challenges.contains("Bearer") {
            response.headerFields[.wwwAuthenticate] =
                "Bearer realm=\(realm.quoted), error=\"insufficient_scope\"\(scope(alternative.scopes))"
        }
        return response
    }

    private func scope(_ scopes: [String]) -> String {
        scopes.isEmpty ? "" : ", scope=\(scopes.joined(separator: " ").quoted)"
    }
}

extension String {
    /// The text as a quoted string (RFC 9110 §5.6.4), without characters that such a string cannot contain.
    fileprivate var quoted: String {
        var result = "\""
        for scalar in unicodeScalars where scalar.value >= 0x20 && scalar.value < 0x7F {
            if scalar == "\"" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }
}
