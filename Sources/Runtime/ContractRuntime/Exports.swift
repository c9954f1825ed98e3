// Modules that generated code also uses. A target with generated code needs to import only this module.

@_exported public import ContractJSON
@_exported public import ContractSchema
@_exported public import HTTPTypes
@_exported public import OrderedCollections
