internal import ContractJSON

extension Declaration {
    /// The changes that the declaration would make to the stored setting, sorted by level and then by attribute.
    func differences(whenChanging stored: Setting, order: ContextFeatureOrder, rules: [Rule])
        -> [Difference]
    {
        listed([
            featuresDifference(
                from: stored.configurableFeatures, to: configurableFeatures, stored: stored, order: order,
                rules: rules),
            typeDifference(from: stored.type, to: type, stored: stored, rules: rules),
            renames(stored) ? nameDifference(stored) : nil,
            defaultValueDifference(stored),
            metadataDifference(stored),
        ])
    }

    /// The changes since the declared version: the comparison goes from the declared attributes to the stored ones, and ignores rules. The
    /// setting has been renamed if its name differs from the declared one.
    func differences(whenOlderThan stored: Setting, order: ContextFeatureOrder) -> [Difference] {
        listed([
            featuresDifference(
                from: configurableFeatures, to: stored.configurableFeatures, stored: stored, order: order,
                rules: []),
            typeDifference(from: type, to: stored.type, stored: stored, rules: []),
            name == stored.name ? nil : nameDifference(stored),
            defaultValueDifference(stored),
            metadataDifference(stored),
        ])
    }

    /// Minor, then major, then mismatch; within a level in the given order, which is the order of the attributes.
    private func listed(_ differences: [Difference?]) -> [Difference] {
        Difference.Level.allCases.flatMap { level in
            differences.compactMap { $0 }.filter { $0.level == level }
        }
    }

    private func featuresDifference(
        from old: [String], to new: [String], stored: Setting, order: ContextFeatureOrder, rules: [Rule]
    ) -> Difference? {
        let change = FeaturesChange(from: old, to: new, order: order)
        guard !change.isEmpty else { return nil }
        if let use = change.use(by: rules) {
            return Difference(.mismatch, .message(use.sentence))
        }
        if change.added.isEmpty {
            return Difference(
                .minor, .message("removal of configurable features \(change.removed.listText)"))
        }
        let latest = JSONValue(array: order.sorted(stored.configurableFeatures).map { JSONValue($0) })
        return Difference(.major, .attribute(.configurableFeatures, latestValue: latest))
    }

    private func typeDifference(
        from old: SettingType, to new: SettingType, stored: Setting, rules: [Rule]
    ) -> Difference? {
        guard new != old else { return nil }
        let notFitting = rules.notFitting(new).map(\.id)
        guard notFitting.isEmpty else {
            return Difference(
                .mismatch,
                .message("setting type incompatible with values for rules: \(notFitting.listText)"))
        }
        let latest = JSONValue(stored.type.description)
        return Difference(
            new.isProperSubtype(of: old) ? .minor : .major, .attribute(.type, latestValue: latest))
    }

    private func nameDifference(_ stored: Setting) -> Difference {
        Difference(.minor, .attribute(.name, latestValue: JSONValue(stored.name)))
    }

    private func defaultValueDifference(_ stored: Setting) -> Difference? {
        guard defaultValue != stored.defaultValue else { return nil }
        return Difference(.minor, .attribute(.defaultValue, latestValue: stored.defaultValue))
    }

    private func metadataDifference(_ stored: Setting) -> Difference? {
        guard metadata != stored.metadata else { return nil }
        return Difference(.minor, .attribute(.metadata, latestValue: stored.metadata.jsonValue))
    }
}
