"""Work lists: queues of items that wait for somebody of the staff.

A room registers its queues (`register(Queue(...))`, from its AppConfig.ready). Items come set-based
after each night's close from the queue's own SQL (`sync.py`), or one by one (`open_item`). An item
whose cause is gone closes itself. `operations.py` is what people do with them.
"""
