/// Uses a large thread-local array, as a program that links much statically has.
int ballast(int index);
