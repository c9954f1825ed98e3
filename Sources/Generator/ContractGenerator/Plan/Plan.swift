import ContractDocument
import ContractJSON
import ContractSchema
import ContractYAML

/// Everything that the emitters need to know about a document: all names and constraints have been decided.
struct Plan {
    var configuration = Configuration()
    var title: String
    var types = TypeTable()
    /// The contract's regular expressions, without repeats. The generated name contains the index.
    var patterns: [String] = []
    /// Schemas that check JSON values if generated types do not express all constraints. The generated name contains the
    /// index.
    var validators: [JSONValue] = []
    /// The components that the validators refer to.
    var validatedComponents: [(name: String, schema: JSONValue)] = []
    /// Default values that have no literal. The generated name contains the index.
    var defaults: [(shape: Shape, value: JSONValue)] = []
    var responses: [ResponsePlan] = []
    /// The alternative kinds of credentials.
    var credentials: [CredentialsPlan] = []
    var servers: [ServerPlan] = []
    var tags: [TagPlan] = []

    var operations: [OperationPlan] { tags.flatMap(\.operations) }
}

struct TagPlan {
    /// The name of the protocol: `SettingsAPI`.
    var protocolName: String
    /// The label of the handler, without backticks: `settings`.
    var argumentName: String
    var documentation: String?
    var operations: [OperationPlan]
}
