#!/usr/bin/env python3
"""A triager in Python, for `ai-worker --triager command`."""
import json, sys

print(json.dumps({"v": [1], "name": "acme-rules", "version": "1.0"}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    hit = next((fact["id"] for fact in asked["evidence"]["facts"] if "whoami" in fact["value"]), None)
    answer = {
        "evidence": [{"field": hit or "F01", "shows": "what the Acme rules look at"}],
        "if_benign": "an administrator at work", "if_malicious": "discovery after a break-in", "mitre": [],
        "next_steps": ["Ask the user"], "questions": [], "severity": "low", "summary": "Judged by the Acme rules.",
        "verdict": "needs_investigation" if hit else "benign_positive", "verdict_confidence": "low",
    }
    print(json.dumps({"id": asked["id"], "answer": answer}), flush=True)
