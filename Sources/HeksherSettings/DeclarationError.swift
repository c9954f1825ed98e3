import HeksherAPI

/// The service has refused declarations of settings: the program and the service have different ideas of them.
public struct DeclarationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why, by the name of the setting, as in `cache_size 1.0 is declared with another type than the stored "float"`.
    public let refusals: [String: String]

    /// All reasons, in the order of the settings' names.
    public var description: String {
        refusals.sorted { $0.key < $1.key }.map(\.value).joined(separator: "; ")
    }
}

extension Schemas.SettingDeclaration {
    /// Why a declaration was refused, as a sentence; `nil` if it was not, or if that is not about the declaration.
    func refusal(_ answer: DeclareSetting.Output) -> String? {
        switch answer {
        case .ok, .serviceUnavailable, .unauthorized: nil
        case .conflict(.json(.mismatch(let mismatch))):
            "\(name) is stored at version \(version) already, and differs from the declaration: "
                + mismatch.differences.sentence + "; what is declared otherwise needs a higher version"
        case .conflict(.json(.rejected(let rejected))):
            "\(name) \(version) cannot replace the stored version \(rejected.previousVersion): "
                + rejected.differences.sentence
        case .conflict(.json(.detail(let refusal))), .notFound(.json(let refusal)): "\(name): \(refusal.detail)"
        case .badRequest(.plainText(let sentence)), .notFound(.plainText(let sentence)),
            .contentTooLarge(.plainText(let sentence)), .forbidden(.plainText(let sentence)):
            "\(name): \(sentence)"
        case .unprocessableContent(.json(let error)):
            "\(name): " + error.detail.map { "\($0.place): \($0.msg)" }.joined(separator: ", ")
        }
    }
}

extension [Schemas.Difference] {
    /// As in `the stored type is "float" (major), the stored default_value is 5 (minor)`.
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
    /// As in `body.configurable_features.0`.
    fileprivate var place: String {
        loc.map { step in
            switch step {
            case .string(let name): name
            case .int(let index): "\(index)"
            }
        }.joined(separator: ".")
    }
}
