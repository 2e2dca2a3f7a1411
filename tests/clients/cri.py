#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""cri.py SOCKET METHOD [JSON]: one call of the CRI's RuntimeService; prints the answer as JSON.

cri_pb2 is made of cri.proto by protoc and found by PYTHONPATH.
"""
import sys

import cri_pb2
import grpc
from google.protobuf import json_format

socket, method = sys.argv[1:3]
request = json_format.Parse(sys.argv[3] if len(sys.argv) > 3 else "{}",
                            getattr(cri_pb2, method + "Request")())
with grpc.insecure_channel("unix://" + socket) as channel:
    call = channel.unary_unary(
        "/runtime.v1.RuntimeService/" + method,
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=getattr(cri_pb2, method + "Response").FromString)
    try:
        response = call(request, timeout=60)
    except grpc.RpcError as error:
        sys.exit(f"{method}: {error.code().name}: {error.details()}")
print(json_format.MessageToJson(response, preserving_proto_field_name=True))
