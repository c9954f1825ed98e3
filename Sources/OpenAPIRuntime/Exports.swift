// What generated code is made of besides: a target with generated code needs this module alone.

@_exported public import HTTPTypes
@_exported public import JSON
@_exported public import JSONSchema
@_exported public import OrderedCollections
