import Testing

@testable import HTTPRepresentation

@Suite struct EntityTagTests {
    private static let tag = EntityTag(ofBody: Array("body".utf8))

    @Test(
        "If-None-Match matches with an asterisk or in a list of entity tags, also weak ones",
        arguments: [
            "*", " * ", "\t*", "TAG", " TAG ", "W/TAG", "\"x\", TAG", "\"x\",W/\"y\" , TAG,\"z\"", ",TAG", "TAG,",
            ", ,\t,TAG , ,",
            "\"a,b\", TAG", "\"\", TAG", "\"é\", TAG", "\"*\",TAG", "TAG,TAG",
        ])
    func matching(field: String) {
        #expect(Self.tag.matches(ifNoneMatch: field.replacing("TAG", with: Self.tag.text)))
    }

    @Test(
        "Any other text in If-None-Match matches nothing",
        arguments: [
            "", " ", ",", "\"x\"", "x", "w/TAG", "W/ TAG", "W /TAG", "WTAG", "**", "* *", "*,", "*, TAG", "TAG, *",
            "TAG*",
            "garbage TAG", "TAG, garbage", "TAG garbage", "TAG TAG", "\"TAG\"", "TAG, \"open", "\"", "W/", "W",
            "\"x\" W/TAG",
            "\"a b\", TAG", "\"a\tb\", TAG", "TAG;TAG", "'x', TAG", "TAG\u{7F}", "\"\u{7F}\", TAG",
        ])
    func notMatching(field: String) {
        #expect(!Self.tag.matches(ifNoneMatch: field.replacing("TAG", with: Self.tag.text)))
    }

    @Test("If-Match compares strongly: a weak tag names nothing")
    func strong() {
        for (field, matches) in [
            ("*", true), ("TAG", true), ("\"x\", TAG", true), (",TAG,", true), ("W/TAG", false), ("W/TAG, TAG", true),
            ("\"x\"", false), ("", false), ("TAG garbage", false), ("*, TAG", false),
        ] {
            #expect(Self.tag.matches(ifMatch: field.replacing("TAG", with: Self.tag.text)) == matches, "\(field)")
        }
    }

    @Test("An incomplete entity tag does not match")
    func others() {
        let text = Self.tag.text
        #expect(!Self.tag.matches(ifNoneMatch: String(text.dropFirst().dropLast())))
        #expect(!Self.tag.matches(ifNoneMatch: "\"" + text.dropFirst(2)))
        #expect(!Self.tag.matches(ifNoneMatch: text.dropLast() + "0\""))
    }
}
