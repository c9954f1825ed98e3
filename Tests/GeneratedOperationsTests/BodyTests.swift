import ContractRuntime
import Testing

@Suite struct BodyTests {
    @Test("Text and binary bodies arrive unchanged")
    func plain() async throws {
        let text = SendText.Input(body: 5)
        #expect(text.request().headerFields[.contentType] == "text/plain; charset=utf-8")
        #expect(try await Told.client.sendText(text).ok == "\(text)")
        for bytes in [nil, [], [0, 255]] as [[UInt8]?] {
            let input = SendBytes.Input(body: bytes)
            #expect(try await Told.client.sendBytes(input).ok == "\(input)")
        }
    }

    @Test(
        "Invalid text bodies are refused",
        arguments: [
            ("text/plain", "0", "422 body ensure this value is greater than or equal to 1"),
            ("text/plain", "", "422 body value is not a valid integer"),
            ("text/plain;charset=\"UTF-8\"", "x", "422 body value is not a valid integer"),
            ("text/plain; charset=latin1", "1", "422 body the text is not in UTF-8"),
            ("text/html", "1", "422 body the body must be text/plain, not text/html"),
        ])
    func wrongTexts(type: String, body: String, answer: String) async throws {
        #expect(try await Told.ask(.post, "/bodies/text", [.contentType: type], body: Array(body.utf8)) == answer)
    }

    @Test("An absent text body and one that is not UTF-8 are refused")
    func absent() async throws {
        #expect(try await Told.ask(.post, "/bodies/text") == "422 body field required")
        #expect(
            try await Told.ask(.post, "/bodies/text", [.contentType: "text/plain"], body: [0xFF])
                == "422 body the text is not in UTF-8")
    }

    @Test("URL-encoded forms arrive unchanged")
    func forms() async throws {
        let input = SendForm.Input(
            body: .init(item: "a&b=c+d é", count: 2, gift: true, colours: ["red", "a,b"], sizes: [1, 2]))
        let request = input.request()
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == "item=a%26b%3Dc%2Bd%20%C3%A9&count=2&gift=true&colours=red&colours=a%2Cb&sizes=1|2")
        #expect(try await Told.client.sendForm(input).ok == "\(input)")
        let least = SendForm.Input(body: .init(item: ""))
        #expect(try await Told.client.sendForm(least).ok == "\(least)")
    }

    @Test(
        "Invalid URL-encoded forms are refused with the location of the problem",
        arguments: [
            ("", "body.item field required"), ("item=a&count=x", "body.count value is not a valid integer"),
            ("item=a&sizes=1|x", "body.sizes.1 value is not a valid integer"),
            ("item=a&other=b", "body.other extra fields not permitted"),
        ])
    func wrongForms(body: String, problem: String) async throws {
        let fields: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        #expect(try await Told.ask(.post, "/bodies/form", fields, body: Array(body.utf8)) == "422 \(problem)")
    }

    @Test("Multipart forms with files arrive unchanged")
    func multipart() async throws {
        let picture = MultipartFile(Array("\r\n--x\r\n\0é".utf8), fileName: "a \"b\" é.png", contentType: "image/png")
        let input = Upload.Input(
            body: .init(
                title: "é, \"&", picture: picture, more: [MultipartFile([]), picture], tags: ["a,b", ""],
                place: .init(x: 1), places: [.init(x: 2, name: "\""), .init(x: 3)], public: true))
        #expect(try await Told.client.upload(input).ok == "\(input)")
        let least = Upload.Input(body: .init(title: "a", picture: picture))
        #expect(try await Told.client.upload(least).ok == "\(least)")
    }

    @Test(
        "Multipart forms are read in the forms that browsers and other clients write",
        arguments: [
            "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA\r\n--b\r\ncontent-disposition:form-data;name=picture;filename=p\r\nContent-Type: image/gif\r\n\r\nGIF\r\n--b--\r\n",
            "preamble\r\n--b  \r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=title\r\n\r\nA\r\n--b\r\nContent-Disposition: form-data; filename=\"p\"; name=\"picture\"\r\nContent-Type: image/gif\r\n\r\nGIF\r\n--b--epilogue",
        ])
    func writtenByOthers(body: String) async throws {
        let answer = try await Told.ask(
            .post, "/bodies/multipart", [.contentType: "multipart/form-data; boundary=\"b\""], body: Array(body.utf8))
        let input = Upload.Input(
            body: .init(title: "A", picture: .init(Array("GIF".utf8), fileName: "p", contentType: "image/gif")))
        #expect(answer == "200 \(input)")
    }

    private static func part(_ name: String, _ value: String, type: String? = nil) -> String {
        "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n" + (type.map { "Content-Type: \($0)\r\n" } ?? "")
            + "\r\n\(value)\r\n"
    }

    private static func form(_ parts: String...) -> String { parts.joined() + "--b--" }

    private static let title = part("title", "a")
    private static let picture = part("picture", "", type: "image/png")

    private static let wrongFiles: [(String, String)] = [
        ("--b--", "body.title field required; body.picture field required"),
        (form(part("title", ""), picture), "body.title ensure this value has at least 1 characters"),
        (form(title, part("picture", "")), "body.picture the file must be image/*, not text/plain"),
        (form(title, picture, part("place", "{}")), "body.place.x field required"),
        (form(title, picture, part("public", "x")), "body.public value could not be parsed to a boolean"),
        (
            form(title, picture, part("more", ""), part("more", ""), part("more", "")),
            "body.more ensure this value has at most 2 items"
        ),
        (form(title, picture, part("other", "")), "body.other extra fields not permitted"),
        (title, "body the last boundary is missing"), ("", "body field required"),
        ("--b\r\nContent-Disposition: form-data\r\n\r\n\r\n--b--", "body a part has no name"),
        (
            "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--b--",
            "body a part of a form has the disposition 'form-data'"
        ),
        (
            "--b\r\nContent-Disposition: form-data; name=a\r\n--b--",
            "body a part has no header that an empty line ends"
        ),
        ("--bx\r\n", "body a boundary is followed by something else than a line end"),
    ]

    @Test("Invalid multipart forms are refused with the location of the problem", arguments: wrongFiles)
    func wrongMultipart(body: String, problem: String) async throws {
        let fields: HTTPFields = body.isEmpty ? [:] : [.contentType: "multipart/form-data; boundary=b"]
        #expect(try await Told.ask(.post, "/bodies/multipart", fields, body: Array(body.utf8)) == "422 \(problem)")
    }

    @Test("A multipart form without a boundary or with more than 1000 parts is refused")
    func bounds() async throws {
        #expect(
            try await Told.ask(.post, "/bodies/multipart", [.contentType: "multipart/form-data"], body: [0])
                == "422 body the content type has no boundary of 1 to 70 characters")
        let many = String(repeating: Self.part("tags", ""), count: 1001) + "--b--"
        #expect(
            try await Told.ask(
                .post, "/bodies/multipart", [.contentType: "multipart/form-data; boundary=b"], body: Array(many.utf8))
                == "422 body there are more than 1000 parts")
    }

    @Test("A body of several media types is decoded by its content type")
    func several() async throws {
        let bodies: [SendAnything.Body?] = [
            .json(.init(x: 1)), .vndDepotJSON([1, 2]), .anyText("é"), .form(.init(x: 1, name: "a b")), .png([1, 0]),
            nil,
        ]
        for body in bodies {
            let input = SendAnything.Input(body: body)
            #expect(try await Told.client.sendAnything(input).ok == "\(SendAnything.Input(body: body))")
        }
        #expect(
            try await Told.ask(.post, "/bodies/any", [.contentType: "text/csv"], body: Array("a".utf8)).contains(
                "anyText(\"a\")"))
    }

    @Test("Undeclared media types are answered 415 and 406 if the contract declares these")
    func negotiation() async throws {
        let other = try await InProcessTransport(Told.routes).send(
            APIRequest(method: .post, path: "/bodies/any", headerFields: [.contentType: "image/gif"], body: [1]))
        #expect(other.status == .unsupportedMediaType)
        #expect(other.headerFields[.contentType] == "application/problem+json")
        #expect(
            other.headerFields[.accept]
                == "application/json, application/vnd.depot+json, text/*, application/x-www-form-urlencoded, image/png")
        #expect(
            String(decoding: other.body, as: UTF8.self)
                == #"{"type":"about:blank","title":"Unsupported Media Type","status":415,"detail":"the body must be application/json or application/vnd.depot+json or text/* or application/x-www-form-urlencoded or image/png, not image/gif"}"#
        )
        #expect(
            try await Told.ask(.post, "/bodies/any", [.accept: "image/*, text/plain;q=0"])
                == #"406 {"type":"about:blank","title":"Not Acceptable","status":406,"detail":"there is text/plain, and none of it is accepted"}"#
        )
        // If 406 is not declared, the response has a type that the client does not accept.
        #expect(try await Told.ask(.get, "/unnamed/5", [.accept: "image/*"]).hasPrefix("200 "))
    }
}
