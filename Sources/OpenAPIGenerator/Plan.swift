import JSON
import JSONSchema
import OpenAPIDocument
import YAML

/// What is to be emitted, every name settled and every constraint known: the step between a document and Swift.
struct Plan {
    var configuration = Configuration()
    var title: String
    var types: [NamedType] = []
    /// Regular expressions of the contract, each once; the position is the name's number.
    var patterns: [String] = []
    /// Schemas that JSON values are held against where Swift's types do not say enough; the position is the name's number.
    var validators: [JSONValue] = []
    /// The components that these refer to.
    var validatedComponents: [(name: String, schema: JSONValue)] = []
    /// Default values that are no literals of Swift; the position is the name's number.
    var defaults: [(shape: Shape, value: JSONValue)] = []
    var responses: [ResponsePlan] = []
    /// In what ways callers can show who they are.
    var credentials: [CredentialsPlan] = []
    var servers: [Server] = []
    var tags: [TagPlan] = []

    var operations: [OperationPlan] { tags.flatMap(\.operations) }
}

struct TagPlan {
    /// `SettingsAPI`
    var protocolName: String
    /// `settings`
    var argumentName: String
    var documentation: String?
    var operations: [OperationPlan]
}
