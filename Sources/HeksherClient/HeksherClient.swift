// What stands here is generated from openapi.yaml, at the top of the package, by OpenAPIGeneratorPlugin.
