import ArgumentParser
import HeksherDomain
import OrderedCollections

/// Filters on the command line as one text in the form that the service parses.
struct ContextFilterText {
    let text: String

    /// - Parameter filters: `feature=value` and `feature=*`, where those of one feature are combined, or text in the service's own form. An
    ///   empty list admits every rule.
    /// - Throws: `ValidationError` for a value that no rule can have.
    init(_ filters: [String]) throws {
        guard !filters.isEmpty else {
            text = "*"
            return
        }
        var verbatim: [String] = []
        var values: OrderedDictionary<String, [String]> = [:]
        for filter in filters {
            let parts = filter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2, FeatureName.isValid(parts[0]) {
                if let problem = FeatureValue.problem(parts[1]) {
                    throw ValidationError("--where: \(problem.sentence(about: parts[0]))")
                }
                values[parts[0], default: []].append(parts[1])
            } else {
                verbatim.append(filter)
            }
        }
        let written = values.map { feature, values in
            values.contains("*")
                ? "\(feature):*" : "\(feature):(\(values.map(FeatureValue.written).joined(separator: ",")))"
        }
        text = (written + verbatim).joined(separator: ",")
    }

    /// The filters as the service reads them.
    ///
    /// - Throws: `ValidationError`.
    func filters() throws -> ContextFilters {
        do {
            return try ContextFilters(parsing: text)
        } catch ContextFiltersError.malformed(let error) {
            throw ValidationError(
                "--where takes feature=value, feature=*, or feature:(value,value) and feature:* joined by commas: \(error)"
            )
        } catch ContextFiltersError.repeatedFeatures(let features) {
            throw ValidationError("--where names \(features.joined(separator: ", ")) more than once")
        }
    }
}

extension FeatureValueProblem {
    /// The reason why the service refuses a value.
    func sentence(about feature: String) -> String {
        "the value of \(feature) cannot be used: \(self); a value has 1 to \(FeatureValue.maximumLength) characters and no control"
            + " characters"
    }
}
