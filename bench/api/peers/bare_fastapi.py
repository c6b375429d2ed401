"""FastAPI, Mangum and an eager boto3 client: create a task, read its status."""

from __future__ import annotations

import os
import uuid
from typing import Any

import boto3
from fastapi import FastAPI, HTTPException
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI()
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
bucket = boto3.client("s3")


class NewTask(BaseModel):
    text: str


@app.post("/api/tasks/voice/generate")
def create(body: NewTask) -> dict[str, Any]:
    task_id = str(uuid.uuid4())
    table.put_item(Item={"PK": f"TASK#{task_id}", "SK": "TASK", "text": body.text})
    return {"success": True, "task_id": task_id}


@app.get("/api/tasks/{task_id}/status")
def status(task_id: str) -> dict[str, Any]:
    found = table.get_item(Key={"PK": f"TASK#{task_id}", "SK": "TASK"}).get("Item")
    if found is None:
        raise HTTPException(404)
    return {"success": True, "task_id": task_id, "text": found["text"]}


handler = Mangum(app, lifespan="off")
