//! Typed client for the alerts API of DFIR-IRIS, and an in-process IRIS to test against
