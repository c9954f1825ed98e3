// This module is completely generated from openapi.yaml, at each build after a change of that file.
