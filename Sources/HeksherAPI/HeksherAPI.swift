// This module is generated whole from openapi.yaml, at each build in which that file has changed.
