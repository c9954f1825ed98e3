// ContractGeneratorPlugin generates this module from openapi.yaml at the top of the package.
