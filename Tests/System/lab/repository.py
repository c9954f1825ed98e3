"""The files of this repository."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
CONTRACT = ROOT / "openapi.yaml"
