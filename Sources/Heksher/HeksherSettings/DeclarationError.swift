import HeksherAPI
import HeksherDomain

/// The service has refused declarations of settings, because they contradict the stored settings.
public struct DeclarationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reasons by the name of the setting, such as `cache_size 1.0 is declared with another type than the stored "float"`.
    public let refusals: [String: String]

    /// All reasons, in the order of the settings' names.
    public var description: String {
        refusals.sorted { $0.key < $1.key }.map(\.value).joined(separator: "; ")
    }
}

extension Schemas.SettingDeclaration {
    /// The reason for refusing a declaration, as a sentence; `nil` if it was not refused, or for another reason than its content.
    func refusal(_ answer: DeclareSetting.Output) -> String? {
        switch answer {
        case .ok, .tooManyRequests, .serviceUnavailable, .unauthorized: nil
        case .conflict(.json(.mismatch(let mismatch))):
            "\(name) is stored at version \(version) already, and differs from the declaration: "
                + mismatch.differences.sentence + "; " + remedy(mismatch.differences, since: version)
        case .conflict(.json(.rejected(let rejected))):
            "\(name) \(version) cannot replace the stored version \(rejected.previousVersion): "
                + rejected.differences.sentence + "; " + remedy(rejected.differences, since: rejected.previousVersion)
        case .conflict(.json(.detail(let refusal))): "\(name): \(refusal.detail)"
        case .notFound(.json(let refusal)): "\(name): \(refusal.detail)" + remedyIfUnknownFeatures(refusal.detail)
        case .notFound(.plainText(let sentence)): "\(name): \(sentence)" + remedyIfUnknownFeatures(sentence)
        case .badRequest(.plainText(let sentence)),
            .conflict(.plainText(let sentence)),
            .contentTooLarge(.plainText(let sentence)), .forbidden(.plainText(let sentence)),
            .preconditionFailed(.plainText(let sentence)):
            "\(name): \(sentence)"
        case .unprocessableContent(.json(let error)):
            "\(name): " + error.detail.map { "\($0.place): \($0.msg)" }.joined(separator: ", ")
        }
    }
}

extension Schemas.SettingDeclaration {
    /// The change that makes a refused declaration valid.
    private func remedy(_ differences: [Schemas.Difference], since stored: String) -> String {
        let levels = Set(differences.map(\.level))
        if levels.contains(.mismatch) {
            return "no version allows this: first change or delete these rules, or declare another type than \(type)"
        }
        let version = Version(validated: stored).raised(major: levels.contains(.major))
        return "raise the version in code to \"\(version)\""
    }

    private func remedyIfUnknownFeatures(_ sentence: String) -> String {
        sentence.hasPrefix("the context features ") ? "; 'heksher features add NAME' adds one" : ""
    }
}

extension Schemas.Difference {
    fileprivate var level: Schemas.DifferenceLevel {
        switch self {
        case .attributeDifference(let difference): difference.level
        case .messageDifference(let difference): difference.level
        }
    }
}

extension [Schemas.Difference] {
    /// For example, `the stored type is "float" (major), the stored default_value is 5 (minor)`.
    var sentence: String {
        map { difference in
            switch difference {
            case .attributeDifference(let difference):
                "the stored \(difference.attribute.rawValue) is \(difference.latestValue) (\(difference.level.rawValue))"
            case .messageDifference(let difference): "\(difference.message) (\(difference.level.rawValue))"
            }
        }.joined(separator: ", ")
    }
}

extension Schemas.ValidationProblem {
    /// For example, `body.configurable_features.0`.
    fileprivate var place: String {
        loc.map { step in
            switch step {
            case .string(let name): name
            case .int(let index): "\(index)"
            }
        }.joined(separator: ".")
    }
}
