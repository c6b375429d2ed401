"""Powertools' event handler with validation and an eager boto3 client: the same two routes."""

from __future__ import annotations

import os
import uuid
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from pydantic import BaseModel

app = APIGatewayHttpResolver(enable_validation=True)
logger = Logger()
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
bucket = boto3.client("s3")


class NewTask(BaseModel):
    text: str


@app.post("/api/tasks/voice/generate")
def create(body: NewTask) -> dict[str, Any]:
    task_id = str(uuid.uuid4())
    table.put_item(Item={"PK": f"TASK#{task_id}", "SK": "TASK", "text": body.text})
    return {"success": True, "task_id": task_id}


@app.get("/api/tasks/<task_id>/status")
def status(task_id: str) -> dict[str, Any]:
    found = table.get_item(Key={"PK": f"TASK#{task_id}", "SK": "TASK"}).get("Item")
    if found is None:
        raise NotFoundError
    return {"success": True, "task_id": task_id, "text": found["text"]}


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)
