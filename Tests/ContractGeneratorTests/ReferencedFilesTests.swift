import ContractDocument
import ContractGenerator
import Synchronization
import Testing

/// Documents with references to other files, and to any place in their own file.
@Suite struct ReferencedFilesTests {
    struct NoSuchFile: Error, CustomStringConvertible {
        var description: String { "No such file" }
    }

    /// Generates from files in memory; `openapi.yaml` is the document.
    static func generate(_ files: [String: String], document: String = "openapi.yaml") -> Generator.Result {
        Generator.generate(Array((files[document] ?? "").utf8), file: document) { path in
            guard let text = files[path] else { throw NoSuchFile() }
            return Array(text.utf8)
        }
    }

    static func messages(_ files: [String: String]) -> [String] {
        generate(files).diagnostics.flatMap { $0.description.split(separator: "\n").map(String.init) }
    }

    private static func file(_ name: String, of result: Generator.Result) throws -> String {
        try #require(result.files?.first { $0.name == name }, "\(result.diagnostics.map(\.description))").text
    }

    /// A document with these components, and with one operation that uses none of them.
    private static func components(_ text: String) -> String {
        """
        openapi: 3.1.0
        info: {title: Test, version: "1"}
        paths: {}
        components:
        \(text)
        """
    }

    /// The names of the declared types.
    private static func types(_ result: Generator.Result) throws -> [String] {
        let text = try file("Schemas.swift", of: result)
        return text.matches(of: #/public (?:struct|enum|indirect enum) (\w+): /#).map { String($0.1) }
    }

    @Test("References to path items, parameters, bodies, responses, headers and schemas in other files are followed")
    func everyKind() throws {
        let files = [
            "openapi.yaml": """
            openapi: 3.1.0
            info: {title: Pets, version: "1"}
            paths:
              /pets/{number}: {$ref: paths/pet.yaml}
            """,
            "paths/pet.yaml": """
            parameters:
              - $ref: ../shared/all.yaml#/parameters/number
            put:
              operationId: replacePet
              requestBody: {$ref: '../shared/all.yaml#/body'}
              responses:
                "204": {description: done, headers: {X-Trace: {$ref: ../shared/all.yaml#/headers/Trace}}}
                "404": {$ref: ../shared/all.yaml#/responses/Missing}
            """,
            "shared/all.yaml": """
            parameters:
              number: {name: number, in: path, required: true, schema: {type: integer}}
            body:
              required: true
              content: {application/json: {schema: {$ref: pet.yaml}}}
            headers:
              Trace: {schema: {type: string}}
            responses:
              Missing: {description: none, content: {text/plain: {}}}
            """,
            "shared/pet.yaml": "{type: object, properties: {name: {type: string}}}",
        ]
        let result = Self.generate(files)
        #expect(result.diagnostics == [])
        #expect(try Self.types(result) == ["Pet"])
        let operations = try Self.file("Operations.swift", of: result)
        #expect(operations.contains("case notFound(Responses.Missing)"))
        #expect(operations.contains("Schemas.Pet"))
    }

    @Test("A component that refers to another file gives its name to the type, also for other references to that file")
    func claimedNames() throws {
        let files = [
            "openapi.yaml": Self.components(
                """
                  schemas:
                    Owner: {type: object, properties: {animal: {$ref: schemas/pet.yaml}}}
                    Animal: {$ref: schemas/pet.yaml}
                    Beast: {$ref: '#/components/schemas/Animal'}
                """),
            "schemas/pet.yaml":
                "{type: object, properties: {friend: {$ref: food.yaml}, same: {$ref: ../openapi.yaml#/components/schemas/Animal/properties/friend}}}",
            "schemas/food.yaml": "{type: object, properties: {name: {type: string}}}",
        ]
        let result = Self.generate(files)
        #expect(result.diagnostics == [])
        #expect(try Set(Self.types(result)) == ["Owner", "Animal", "Food"])
        #expect(try Self.file("Schemas.swift", of: result).contains("public var animal: Schemas.Animal?"))
    }

    @Test("Types of other files with the same name get the file's name as a prefix")
    func collisions() throws {
        let error = "components: {schemas: {Error: {type: object, properties: {text: {type: string}}}}}"
        let files = [
            "openapi.yaml": Self.components(
                """
                  schemas:
                    Pet: {type: object, properties: {a: {$ref: a/common.yaml#/components/schemas/Error}, b: {$ref: b/common.yaml#/components/schemas/Error}, c: {$ref: c.yaml}, d: {$ref: d.yaml#/$defs/pet}}}
                """),
            "a/common.yaml": error, "b/common.yaml": error,
            "c.yaml": "{type: object, properties: {text: {type: string}}}",
            "d.yaml": "$defs: {pet: {type: object, properties: {text: {type: string}}}}",
        ]
        let result = Self.generate(files)
        #expect(result.diagnostics == [])
        #expect(try Set(Self.types(result)) == ["Pet", "CommonError", "CommonError2", "C", "DPet"])
    }

    @Test("A reference may point anywhere in the document, and its target becomes one type")
    func anywhere() throws {
        let files = [
            "openapi.yaml": """
            openapi: 3.1.0
            info: {title: Pets, version: "1"}
            paths:
              /a/b:
                get:
                  operationId: a
                  responses:
                    "200":
                      description: it
                      content: {application/json: {schema: {type: object, properties: {text: {type: string}}}}}
              /c:
                get:
                  operationId: c
                  responses:
                    "200":
                      description: it
                      content: {application/json: {schema: {$ref: '#/paths/~1a~1b/get/responses/200/content/application~1json/schema'}}}
                    "404": {$ref: '#/paths/~1a~1b/get/responses/200'}
            """
        ]
        let result = Self.generate(files)
        #expect(result.diagnostics == [])
        #expect(try Self.types(result) == ["ABGet200ApplicationJson"])
    }

    @Test("Each file is read once, and the served document is a single file")
    func bundle() throws {
        let reads = Mutex<[String]>([])
        let document = Self.components(
            """
              schemas:
                Pet: {$ref: pet.yaml}
                Pair: {type: array, items: {$ref: 'pet.yaml#/properties/food'}}
            """)
        let pet =
            "{type: object, properties: {food: {$ref: '#/$defs/food'}}, $defs: {food: {type: string, enum: [hay]}}}"
        let parsed = Document.parse(Array(document.utf8), file: "dir/openapi.yaml") { path in
            reads.withLock { $0.append(path) }
            return Array(pet.utf8)
        }
        #expect(reads.withLock { $0 } == ["dir/pet.yaml"])
        #expect(parsed.diagnostics == [])
        let json = try #require(parsed.document?.json)
        #expect(
            json.hasSuffix(
                """
                "components":{"schemas":{"Pet":{"type":"object","properties":{"food":{"$ref":"#/components/schemas/food"}},\
                "$defs":{"food":{"type":"string","enum":["hay"]}}},\
                "Pair":{"type":"array","items":{"$ref":"#/components/schemas/food"}},\
                "food":{"type":"string","enum":["hay"]}}}}
                """), "\(json)")
    }

    @Test("The served document contains examples and links of other files, and missing ones are refused")
    func examplesAndLinks() throws {
        let document = """
            openapi: 3.1.0
            info: {title: Test, version: "1"}
            paths:
              /pets:
                get:
                  parameters:
                    - {name: a, in: query, schema: {type: string}, examples: {b: {$ref: 'more.yaml#/hay'}}}
                  responses:
                    "200":
                      description: them
                      links: {owner: {$ref: more.yaml#/links/Owner}}
                      content: {application/json: {examples: {c: {$ref: '#/components/examples/Rex'}}}}
            components:
              examples: {Rex: {$ref: 'more.yaml#/rex'}, Data: {value: {$ref: none.yaml}}}
            """
        let more = "{hay: {value: hay}, rex: {value: [1]}, links: {Owner: {operationId: x}}}"
        let parsed = Document.parse(Array(document.utf8), file: "openapi.yaml") { _ in Array(more.utf8) }
        #expect(parsed.diagnostics == [])
        let json = try #require(parsed.document?.json)
        #expect(json.contains(##""examples":{"b":{"$ref":"#/components/examples/hay"}}"##), "\(json)")
        #expect(json.contains(##""links":{"owner":{"$ref":"#/components/links/Owner"}}"##), "\(json)")
        #expect(
            json.hasSuffix(
                ##""components":{"examples":{"Rex":{"value":[1]},"Data":{"value":{"$ref":"none.yaml"}},"hay":{"value":"hay"}},"links":{"Owner":{"operationId":"x"}}}}"##
            ), "\(json)")
        let lost = document.replacing("#/components/examples/Rex", with: "#/components/examples/Max")
        #expect(
            Self.messages(["openapi.yaml": lost, "more.yaml": more]).first
                == "openapi.yaml:12:61: error: there is no 'Max' in components/examples")
    }

    @Test("The served document also contains referenced parts from which no code is generated")
    func nothingMade() throws {
        let document = """
            openapi: 3.1.0
            info: {title: Test, version: "1"}
            paths:
              x-note: {$ref: none.yaml}
              /pets:
                post:
                  responses: {"204": {description: done}}
                  callbacks:
                    born:
                      "{$request.body#/url}": {$ref: 'more.yaml#/told'}
                    died: {$ref: 'more.yaml#/callbacks/died'}
            webhooks:
              fed: {post: {requestBody: {$ref: 'more.yaml#/requestBodies/fed'}}}
            components:
              responses:
                x-gone: {description: gone, headers: {x-by: {$ref: 'more.yaml#/headers/by'}}}
                Data: {description: a, content: {a/b: {example: {$ref: none.yaml}, schema: {const: {$ref: none.yaml}}}}}
            """
        let more = """
            told: {post: {parameters: [{$ref: '#/parameters/number'}]}}
            parameters: {number: {name: number, in: query, schema: {$ref: '#/schemas/number'}}}
            schemas: {number: {type: integer}, pet: {properties: {mother: {$ref: '#/schemas/pet'}}}}
            callbacks: {died: {'{$url}': {get: {responses: {'200': {$ref: '#/responses/x'}}}}}}
            responses: {x: {description: x}}
            requestBodies: {fed: {content: {application/json: {schema: {items: {$ref: '#/schemas/pet'}}}}}}
            headers: {by: {schema: {type: string}}}
            """
        let parsed = Document.parse(Array(document.utf8), file: "openapi.yaml") { _ in Array(more.utf8) }
        #expect(parsed.diagnostics.allSatisfy { $0.severity == .note }, "\(parsed.diagnostics)")
        let json = try #require(parsed.document?.json)
        let references = json.matches(of: #/"\$ref":"([^"]*)"/#).map { String($0.1) }
        let expected = [
            "callbacks/died", "headers/by", "parameters/number", "requestBodies/fed", "responses/x", "schemas/number",
            "schemas/pet",
        ]
        #expect(Set(references) == Set(expected.map { "#/components/\($0)" } + ["none.yaml"]), "\(json)")
        #expect(
            json.contains(
                ##""{$request.body#/url}":{"post":{"parameters":[{"$ref":"#/components/parameters/number"}]}"##))
        let lost = more.replacing("'#/responses/x'", with: "'#/responses/y'")
        #expect(
            Self.messages(["openapi.yaml": document, "more.yaml": lost]).contains(
                "more.yaml:4:63: error: there is no 'y' in responses in more.yaml"))
    }

    @Test("Errors in a referenced file have their position there, and a dangling reference has its own position")
    func faults() {
        let files = [
            "openapi.yaml": Self.components(
                """
                  schemas:
                    A: {$ref: lost.yaml}
                    B: {$ref: bad.yaml}
                    C: {$ref: broken.yaml#/c}
                    D: {$ref: fine.yaml#/$defs/Kat}
                    E: {$ref: 'https://example.com/pet.yaml'}
                    F: {$ref: /etc/pet.yaml}
                    G: {$ref: '#anchor'}
                    H: {$ref: '#/components/schemas/I'}
                    I: {$ref: '#/components/schemas/H'}
                    J: {$ref: '#/components/responses/Gone'}
                    K: {type: string, minLenght: 1}
                  responses:
                    Gone: {description: gone}
                """),
            "bad.yaml": "type: object\nproperties:\n  a: {type: text}\n",
            "broken.yaml": "c: [\n",
            "fine.yaml": "$defs: {Cat: {type: string}}",
        ]
        #expect(
            Self.messages(files) == [
                "openapi.yaml:6:15: error: the file cannot be read: No such file",
                "openapi.yaml:9:15: error: there is no 'Kat' in $defs in fine.yaml",
                "fine.yaml:1:9: note: there is 'Cat'",
                "openapi.yaml:10:15: error: a reference to 'https:…' is not followed, as only files are read; keep a copy beside the document",
                "openapi.yaml:11:15: error: a reference to a file is relative to the file that it stands in, and '/etc/pet.yaml' is not",
                "openapi.yaml:12:15: error: what follows '#' is a JSON Pointer, which begins with '/'; anchors are not supported",
                "openapi.yaml:13:15: error: the reference leads back to itself",
                "openapi.yaml:14:15: error: the reference leads back to itself",
                "openapi.yaml:15:15: error: the reference leads to components/responses, not to one of the schemas",
                "openapi.yaml:16:23: warning: a schema has no 'minLenght' in OpenAPI",
                "openapi.yaml:16:23: note: there is 'minLength'",
                "bad.yaml:3:13: warning: 'text' is no type of JSON Schema, and has no effect",
                "broken.yaml:2:1: error: while parsing a flow node, did not find expected node content",
                "openapi.yaml:8:15: note: the reference to it is here",
            ])
    }

    @Test("Schemas of several files may refer to each other in a cycle")
    func circle() {
        let files = [
            "openapi.yaml": Self.components("  schemas: {Pet: {$ref: pet.yaml}}"),
            "pet.yaml": "{type: object, properties: {owner: {$ref: owner.yaml}}}",
            "owner.yaml": "{type: object, properties: {pets: {type: array, items: {$ref: pet.yaml}}}}",
        ]
        let parsed = Document.parse(Array(files["openapi.yaml", default: ""].utf8), file: "openapi.yaml") { path in
            Array(files[path, default: ""].utf8)
        }
        #expect(parsed.diagnostics == [])
        #expect(parsed.document.map { Array($0.components.schemas.keys) } == ["Pet", "owner"])
    }

    @Test("A reference to a component with the same members, but of another kind, gets a warning")
    func relatedSections() {
        let document = """
            openapi: 3.1.0
            info: {title: a, version: "1"}
            paths:
              /a:
                get:
                  responses:
                    "200": {$ref: '#/components/requestBodies/Body'}
                    "204": {description: d, headers: {X-A: {$ref: '#/components/parameters/A'}}}
            components:
              parameters: {A: {name: X-A, in: header, schema: {type: integer}}}
              requestBodies: {Body: {description: d, content: {application/json: {schema: {type: string}}}}}
            """
        let result = Generator.generate(Array(document.utf8), file: "a.yaml")
        #expect(
            result.diagnostics.map(\.description) == [
                "a.yaml:7:23: warning: the reference leads to components/requestBodies, not to one of the responses",
                "a.yaml:8:55: warning: the reference leads to components/parameters, not to one of the headers",
                "a.yaml:10:20: warning: a header has no 'name' in OpenAPI",
                "a.yaml:10:31: warning: a header has no 'in' in OpenAPI",
            ])
        let text = result.files?.map(\.text).joined() ?? ""
        #expect(text.contains("case json(String)") && text.contains("public var xA: Int?"))
    }
}
