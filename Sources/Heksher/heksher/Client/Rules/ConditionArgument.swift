import ArgumentParser
import HeksherDomain
import OrderedCollections

/// `feature=value` on the command line. Both are empty if the text is something else.
struct ConditionArgument: ExpressibleByArgument {
    let text: String
    let feature: String
    let value: String

    init(argument: String) {
        text = argument
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let isComplete = parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
        (feature, value) = isComplete ? (parts[0], parts[1]) : ("", "")
    }
}

/// The conditions of a rule.
struct ConditionOptions: ParsableArguments {
    @Option(
        name: .customLong("when"),
        help: ArgumentHelp(
            "A condition of the rule. May be given several times; all of them must hold.", valueName: "feature=value"),
        completion: .conditions)
    var conditions: [ConditionArgument]

    func validate() throws {
        if let malformed = conditions.first(where: \.feature.isEmpty) {
            throw ValidationError("--when takes feature=value, as in tenant=acme, and not '\(malformed.text)'")
        }
        if featureValues.count < conditions.count { throw ValidationError("--when names a context feature twice") }
        for condition in conditions {
            guard FeatureName.isValid(condition.feature) else {
                throw ValidationError(
                    "--when: '\(condition.feature)' cannot be the name of a context feature: letters, digits and underscores only"
                )
            }
            if let problem = FeatureValue.problem(condition.value) {
                throw ValidationError("--when: \(problem.sentence(about: condition.feature))")
            }
        }
    }

    var featureValues: OrderedDictionary<String, String> {
        OrderedDictionary(conditions.map { ($0.feature, $0.value) }) { first, _ in first }
    }
}
